import { render } from 'preact';
import { App } from './app.jsx';
import { reportModelProblem } from './models/add-model.jsx';
import { offerTrainingRuns } from './models/training-runs.js';
import { followPosition } from './scene/video-player.jsx';
import { registerServiceWorker } from './service-worker/offline.js';
import { followCamera } from './source/camera.js';
import { followPictures } from './source/pictures.js';
import { followVideo } from './source/video.js';
import { followChoices } from './state/readers.js';
import { followSettings } from './state/settings.js';
import './style/tokens.css';
import './style/layout.css';
import './style/controls.css';
import './style/models.css';
import './style/scene.css';
import './style/face.css';
import './style/timeline.css';

followSettings();
// Models run in workers, which the policy must bind before they start.
void registerServiceWorker().then(() => followChoices(reportModelProblem));
void offerTrainingRuns();
followPictures();
followCamera();
followVideo();
followPosition();
const root = document.getElementById('studio');
if (root !== null) render(<App />, root);
