import { mergeMap, of, switchMap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { JobFailedError } from '../../lib/errors/job-failed-error.js';
import { JobOwnedError } from '../../lib/errors/job-owned-error.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { endWhenFailed } from '../../lib/operators/end-when-failed.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

const failed = new JobFailedError({ jobId: 'job', error: { name: 'Error', message: 'no' } });
const owned = new JobOwnedError({ jobId: 'job', owner: 'another' });

describe('endWhenFailed', () => {
  it.each([
    ['never ends with a source that never does', '-', '-', '^'],
    ['is empty with an empty source', '---|', '---|', '^--!'],
    ['passes what a job that completes emits', '-a-b-(c|)', '-a-b-(c|)', '^----!'],
    ['completes where a job has failed', '-a-b-#', '-a-b-|', '^----!'],
    ['completes in the frame of the failed snapshot', '-a-(b#)', '-a-(b|)', '^--!'],
  ])('%s', (_what, source, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold(source, undefined, failed);
      expectObservable(source$.pipe(endWhenFailed())).toBe(expected);
      expectSubscriptions(source$.subscriptions).toBe(subscription);
    });
  });

  it('passes every other error', () => {
    runMarbles(({ cold, expectObservable }) => {
      for (const error of [owned, new Error('no'), { code: 'JOB_FAILED' }, undefined])
        expectObservable(cold('-a-#', undefined, error).pipe(endWhenFailed())).toBe('-a-#', undefined, error);
    });
  });

  it('leaves its source when the consumer leaves', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('-a-b-#', undefined, failed);
      expectObservable(source$.pipe(endWhenFailed()), '^--!').toBe('-a-');
      expectSubscriptions(source$.subscriptions).toBe('         ^--!');
    });
  });

  it('can be subscribed to twice', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('  -a-#', undefined, failed);
      const ended$ = source$.pipe(endWhenFailed());
      expectObservable(ended$).toBe('       -a-|');
      expectObservable(ended$, '--^').toBe('---a-|');
      expectSubscriptions(source$.subscriptions).toBe(['^--!', '--^--!']);
    });
  });

  it('lets the stream around a job that fails go on', () => {
    runMarbles(({ cold, expectObservable }) => {
      const files$ = cold('a-----b---|');
      const job$ = { a: cold('-x-#', undefined, failed), b: cold('-y|') };
      const shown$ = files$.pipe(switchMap((file) => job$[file as 'a' | 'b'].pipe(endWhenFailed())));
      expectObservable(shown$).toBe('-x-----y--|');
    });
  });

  it('ends with the failed snapshot of a job', () => {
    const states: string[] = [];
    const repository = new MemoryJobRepository();
    of('bad', 'good')
      .pipe(
        mergeMap((id) =>
          manageJob(
            { id, kind: 'test', chunks: [id] },
            {
              repository,
              retry: { retries: 0 },
              worker: ({ chunk }) => {
                if (chunk === 'bad') throw new Error('no');
                return 1;
              },
            },
          ).pipe(endWhenFailed()),
        ),
      )
      .subscribe(({ id, state }) => states.push(`${id} ${state}`));
    expect(states).toContain('bad failed');
    expect(states.at(-1)).toBe('good completed');
  });
});
