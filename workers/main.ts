import { failStart } from '../runtime/shutdown';
import { roles, runWorker } from './run';

// node workers/main.js conversations | connections | all
const role = roles.find((name) => name === process.argv[2]);
if (role) runWorker(role).catch(failStart);
else failStart(new Error(`Say what this worker does: ${roles.join(', ')}.`));
