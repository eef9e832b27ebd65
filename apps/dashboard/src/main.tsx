import { render } from 'preact';
import { applyPalette } from '../../shared/style/palette.js';
import { App } from './app.jsx';
import { followJobs } from './state/jobs.js';
import { followModels } from './state/models.js';
import { followPreferences } from './state/preferences.js';
import { followSelected } from './state/selected-job.js';
import '../../shared/style/tokens.css';
import '../../shared/style/page.css';
import '../../shared/style/controls.css';
import './style/dashboard.css';

applyPalette();
followPreferences();
followSelected();
followModels();
void followJobs();
const root = document.getElementById('dashboard');
if (root !== null) render(<App />, root);
