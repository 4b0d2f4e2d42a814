import { toErrorRecord } from '../../lib/errors/error-record.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, foldFacts } from '../../lib/executor/job-facts.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { legalEvents } from '../model/legal-events.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

describe('foldFacts', () => {
  it(
    'agrees with reduceJob along every legal way',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 0, max: 4 }),
          fc.array(fc.nat(), { maxLength: 60 }),
          (count, tolerated, choices) => {
            const spec = completeSpec({
              id: 'job',
              kind: 'test',
              chunks: Array.from({ length: count }, (_, index) => index),
            });
            let snapshot = pendingSnapshot(spec, { at: 0 });
            let facts = factsOf(snapshot);
            for (const [at, choice] of choices.entries()) {
              // A redrive begins a new execution, with facts of its own.
              const possible = legalEvents(snapshot, at).filter(({ type }) => type !== 'job-redriven');
              if (possible.length === 0) return;
              const event = possible[choice % possible.length]!;
              snapshot = reduceJob(snapshot, event);
              facts = foldFacts(facts, event, { jobId: 'job', tolerated, recordOf: toErrorRecord });
              const { error, ...rest } = factsOf(snapshot);
              expect(facts).toMatchObject(rest);
              // The facts know of an error as soon as a chunk has failed; the snapshot when the job is failing.
              if (error !== null) expect(facts.error).toEqual(error);
              else if (facts.error !== null) expect(facts.failedChunks).toBeGreaterThan(tolerated);
            }
          },
        ),
        parameters,
      );
    },
    timeoutMs,
  );
});
