import { lastValueFrom, NEVER, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { ProgressEstimator } from '../../lib/model/progress/progress-estimator.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { JobSpec } from '../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';

const empty: readonly (readonly [string, JobSpec])[] = [
  ['an empty list', { id: 'job', kind: 'k', chunks: [] }],
  ['an empty range', { id: 'job', kind: 'k', chunks: range(0, 5) }],
];

describe.each(empty)('a job of %s', (_, spec) => {
  it('completes, and calls neither the worker nor the merge', async () => {
    let calls = 0;
    const called = () => {
      calls += 1;
      return NEVER;
    };

    const events = await lastValueFrom(execute(spec, { worker: called, merge: called }).pipe(toArray()));

    expect([events.map(({ type }) => type), calls]).toEqual([['job-started', 'job-completed'], 0]);
  });

  it('ends at 0 of 0 and 100 %', async () => {
    const stored = completeSpec(spec);
    const events = await lastValueFrom(execute(stored, { worker: () => NEVER }).pipe(toArray()));
    const ended = events.reduce<JobSnapshot>(reduceJob, pendingSnapshot(stored, { at: 0 }));

    expect(ended).toMatchObject({ state: 'completed', totalChunks: 0, completedChunks: 0, progress: 100 });
    const estimator = new ProgressEstimator();
    estimator.seeSnapshot(pendingSnapshot(stored, { at: 0 }), 0);
    expect(estimator.progress(0).fraction).toBe(0);
    estimator.seeSnapshot(ended, 1);
    expect(estimator.progress(1).fraction).toBe(1);
  });
});
