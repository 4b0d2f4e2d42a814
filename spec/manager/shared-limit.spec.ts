import fc from 'fast-check';
import { concat, EMPTY, finalize, map, merge, mergeMap, NEVER, of, takeUntil, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

const commands: readonly JobCommand[] = [
  'pause',
  { type: 'pause', mode: 'stop' },
  'resume',
  'resume',
  'cancel',
  'detach',
  { type: 'detach', mode: 'stop' },
];

describe('stored jobs under one limit', () => {
  it(
    'never run more than there are slots, leak none, and end, whatever they are told',
    () => {
      const job = fc.record({
        plans: fc.array(
          fc.record({
            frames: fc.integer({ min: 0, max: 6 }),
            failures: fc.integer({ min: 0, max: 2 }),
            teardown: fc.integer({ min: 0, max: 5 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        concurrency: fc.integer({ min: 1, max: 4 }),
        tolerated: fc.integer({ min: 0, max: 8 }),
        startsAt: fc.integer({ min: 0, max: 9 }),
        leavesAt: fc.option(fc.integer({ min: 5, max: 40 }), { nil: undefined }),
        told: fc.array(
          fc.record({ at: fc.integer({ min: 0, max: 40 }), command: fc.constantFrom(...commands) }),
          { maxLength: 4 },
        ),
      });
      fc.assert(
        fc.property(
          fc.array(job, { minLength: 1, maxLength: 4 }),
          fc.integer({ min: 1, max: 4 }),
          (jobs, slots) => {
            runMarbles(({ flush }) => {
              const limit = sharedLimit(slots);
              const repository = new MemoryJobRepository();
              let running = 0;
              const ends = jobs.map(({ plans, concurrency, tolerated, startsAt, leavesAt, told }, id) => {
                const end: { isOver: boolean; last?: JobSnapshot } = { isOver: false };
                const worker = ({ index, attempt, waitUntil }: ChunkTask) => {
                  running += 1;
                  expect(running).toBeLessThanOrEqual(slots);
                  const { frames, failures, teardown } = plans[index]!;
                  return concat(
                    frames === 0 ? EMPTY : timer(frames),
                    attempt <= failures ? throwError(() => 'no') : of(1),
                  ).pipe(
                    finalize(() => {
                      running -= 1;
                      waitUntil(teardown === 0 ? EMPTY : timer(teardown));
                    }),
                  );
                };
                const job$ = manageJob(
                  { id: `job-${id}`, kind: 'test', chunks: [...plans.keys()] },
                  {
                    worker,
                    repository,
                    limit,
                    concurrency,
                    leaseMs: 999,
                    tolerate: { failedChunks: tolerated },
                    retry: { retries: 1, delayMs: 3 },
                    // A job that is paused waits for a word.
                    commands$: merge(
                      ...told.map(({ at, command }) => timer(at).pipe(map(() => command))),
                      timer(60).pipe(map((): JobCommand => 'resume')),
                    ),
                    onRefused: () => undefined,
                  },
                );
                timer(startsAt)
                  .pipe(
                    mergeMap(() => job$),
                    takeUntil(leavesAt === undefined ? NEVER : timer(leavesAt)),
                  )
                  .subscribe({
                    next: (snapshot) => (end.last = snapshot),
                    error: () => (end.isOver = true),
                    complete: () => (end.isOver = true),
                  });
                return end;
              });
              flush();
              expect(running).toBe(0);
              expect(limit.taken).toBe(0);
              for (const [id, { isOver, last }] of ends.entries()) {
                const { leavesAt, told } = jobs[id]!;
                expect(isOver).toBe(true);
                if (
                  leavesAt === undefined &&
                  told.every(({ command }) => !JSON.stringify(command).includes('detach'))
                )
                  expect(isTerminal(last!.state)).toBe(true);
              }
            });
          },
        ),
        parameters,
      );
    },
    timeoutMs,
  );
});
