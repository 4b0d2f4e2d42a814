import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { propertyRuns } from '../property-runs.js';
import { liveReentrantly } from './reentry/live-reentrantly.js';
import { reentrantPrograms } from './reentry/reentrant-program.js';
import { ReentrantRun } from './reentry/reentrant-run.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 10_000 });

describe('runChunks, called back by whatever it calls', () => {
  it.each([
    ['keeps its promises, and ends', 1],
    ['keeps its promises beside another run under one limit, and both end', 2],
  ])(
    '%s',
    (_, runs) => {
      const property = fc.property(reentrantPrograms(runs), (program) => {
        liveReentrantly(program, ReentrantRun);
      });
      fc.assert(property, parameters);
    },
    timeoutMs,
  );
});
