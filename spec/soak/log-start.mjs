// Preloaded (`node --import`) into the processes of a job: notes in a log that one has started, before it does anything else.
// A line is the run of the command, the chunk or `merge`, the attempt, and the process: "2 57 1 31337".
import { appendFileSync } from 'node:fs';

const { SOAK_LOG, SOAK_RUN, SLUICE_CHUNK_INDEX = 'merge', SLUICE_ATTEMPT = '1' } = process.env;
appendFileSync(SOAK_LOG, `${SOAK_RUN} ${SLUICE_CHUNK_INDEX} ${SLUICE_ATTEMPT} ${process.pid}\n`);
