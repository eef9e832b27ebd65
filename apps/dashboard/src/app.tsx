/** The layout: a bar, jobs at the left, the job that is open at the right. On a phone one after the other. */
import { AttemptCard } from './attempt-card.jsx';
import { Bar } from './bar.jsx';
import { JobList } from './jobs/job-list.jsx';
import { JobPanel } from './jobs/job-panel.jsx';
import { KeyCard } from './key-card.jsx';
import { selectedId } from './state/selected-job.js';
import { isReachable, needsKey, problem } from './state/service.js';
import { SubmitCard } from './submit/submit-card.jsx';
import { words } from './words/words.js';

export function App() {
  const isOpen = selectedId.value !== undefined;
  return (
    <>
      <Bar />
      <main class={isOpen ? 'open' : ''}>
        <Notices />
        {needsKey.value ? (
          <KeyCard />
        ) : (
          <>
            <div class="left">
              <SubmitCard />
              <JobList />
            </div>
            <div class="right">{isOpen ? <JobPanel /> : <AttemptCard />}</div>
          </>
        )}
      </main>
    </>
  );
}

function Notices() {
  return (
    <div class="notices" role="alert">
      {!isReachable.value && <p class="notice">{words.value.unreachable}</p>}
      {problem.value !== '' && (
        <div class="notice">
          <p>{problem.value}</p>
          <button type="button" class="quiet" onClick={() => (problem.value = '')}>
            {words.value.dismiss}
          </button>
        </div>
      )}
    </div>
  );
}
