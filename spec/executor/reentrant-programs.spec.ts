import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { liveReentrantly } from '../chunks/reentry/live-reentrantly.js';
import { reentrantPrograms } from '../chunks/reentry/reentrant-program.js';
import { propertyRuns } from '../property-runs.js';
import { ReentrantJob } from './reentrant-job.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 10_000 });

describe('execute, called back by whatever it calls', () => {
  it(
    'keeps its promises, obeys its commands, and ends',
    () => {
      const property = fc.property(reentrantPrograms(1, true), (program) => {
        liveReentrantly(program, ReentrantJob);
      });
      fc.assert(property, parameters);
    },
    timeoutMs,
  );
});
