import { render } from 'preact';
import { App } from './app.jsx';
import { offerTrainingRuns } from './models/training-runs.js';
import { registerServiceWorker } from './service-worker/offline.js';
import { followCamera } from './source/camera.js';
import { followPictures } from './source/pictures.js';
import { notify } from './state/notices.js';
import { followChoices } from './state/readers.js';
import { followSettings } from './state/settings.js';
import './style/tokens.css';
import './style/layout.css';
import './style/controls.css';
import './style/scene.css';
import './style/face.css';
import { words } from './words/words.js';

followSettings();
// Models run in workers, which have to be bound by the policy.
void registerServiceWorker().then(() => {
  followChoices(({ name }, error) => notify(words.peek().problems.other(name, error.message)));
});
void offerTrainingRuns();
followPictures();
followCamera();
const root = document.getElementById('studio');
if (root !== null) render(<App />, root);
