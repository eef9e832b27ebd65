// `npm run soak [-- WHAT] [OPTIONS]`: long measurements, of which tests run short forms.
//
//   studio     (default) the studio in Chromium
//   service    mien serve under load
//   jobs       workers and databases that are killed, full disks, clocks that differ
//   queue      64 workers on the queue of jobs
//
// Each takes --quick; the file of each says what it needs and how long it takes.
// @ts-check

const FILES = {
  studio: './studio.js',
  service: './service-load.js',
  jobs: './jobs.js',
  queue: './queue.js',
};

if (process.argv.includes('--help')) {
  process.stdout.write(`npm run soak [-- ${Object.keys(FILES).join(' | ')}] [--quick]\n`);
  process.exit();
}
const [what = 'studio'] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
if (!Object.hasOwn(FILES, what)) {
  process.stderr.write(`soak: ${what} is none of ${Object.keys(FILES).join(', ')}\n`);
  process.exit(2);
}
await import(FILES[/** @type {keyof typeof FILES} */ (what)]);
