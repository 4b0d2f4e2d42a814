import type { FlightsJob } from './flights-job.js';
import { runFlightsJob } from './flights-job.js';

/** A program that runs the job of its first argument (JSON), and kills itself once as many chunks are stored as its second argument says. */
const job = JSON.parse(process.argv[2] ?? '') as FlightsJob;
const lastStored = Number(process.argv[3]);
const result = await runFlightsJob({
  ...job,
  onProgress: (stored) => {
    if (stored === lastStored) process.kill(process.pid, 'SIGKILL');
  },
});
result.throwIfFailed();
