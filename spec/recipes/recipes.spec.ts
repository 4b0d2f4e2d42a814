import type { Observable } from 'rxjs';
import {
  concat,
  defer,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  take,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { thumbnails } from '../../docs/examples/recipes/latest-only.js';
import { networkCommands } from '../../docs/examples/recipes/offline.js';
import { nightly } from '../../docs/examples/recipes/one-after-another.js';
import { queue } from '../../docs/examples/recipes/queue.js';
import { sideBySide, together } from '../../docs/examples/recipes/several-at-once.js';
import { progressLine } from '../../docs/examples/recipes/shown-progress.js';
import { persistently } from '../../docs/examples/recipes/try-again.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { AnyJobKind } from '../../lib/manager/job-kind.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobSpec } from '../../lib/model/spec/job-spec.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { emittedStates } from './emitted-states.js';
import { storedStates } from './stored-states.js';

const open = (
  kinds: { readonly [kind: string]: AnyJobKind },
  repository = new MemoryJobRepository(),
): JobManager => new JobManager({ repository, kinds, leaseMs: 999_999, watchIntervalMs: 1 });

const spec = (id: string, count: number): JobSpec<number> => ({
  id,
  kind: 'test',
  chunks: Array.from({ length: count }, (_, index) => index),
});
const codeOf = (error: unknown): string => String(Reflect.get(Object(error), 'code'));
const fails = (): Observable<never> => throwError(() => new Error('no'));
const retry = { retries: 0 };

describe('one job after the other', () => {
  it('begins the second when the first has completed, and not when it has failed', () => {
    runMarbles(({ flush }) => {
      const good = emittedStates(
        nightly(open({ extract: { worker: () => timer(1) }, load: { worker: () => timer(1) } }), '1'),
      );
      const bad = emittedStates(
        nightly(open({ extract: { worker: fails, retry }, load: { worker: () => timer(1) } }), '1'),
      );
      flush();
      expect(good).toEqual([
        'extract-1 pending',
        'extract-1 running',
        'extract-1 completed',
        'load-1 pending',
        'load-1 running',
        'load-1 completed',
        'end',
      ]);
      expect(bad).toEqual([
        'extract-1 pending',
        'extract-1 running',
        'extract-1 failing',
        'extract-1 failed',
        'JOB_FAILED',
      ]);
    });
  });

  it('goes on where it was left behind: neither the first job nor the chunks of the second that are done run again', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const [began, done]: [string[], string[]] = [[], []];
      const worker = ({ jobId, index }: ChunkTask): Observable<number> =>
        defer(() => {
          began.push(`${jobId} ${index}`);
          return timer(2);
        }).pipe(tap({ complete: () => done.push(`${jobId} ${index}`) }));
      const kinds = { extract: { worker }, load: { worker } };
      // The process dies while it loads: a job that is left by `manageJob` stays as it is stored.
      const asStored = (kind: 'extract' | 'load'): Observable<JobSnapshot> =>
        manageJob({ id: `${kind}-1`, kind, chunks: range(50_000, 500) }, { worker, repository });
      concat(asStored('extract'), asStored('load'))
        .pipe(takeWhile(({ kind, completedChunks }) => kind === 'extract' || completedChunks < 41))
        .subscribe();
      let doneBefore: readonly string[] = [];
      const again$ = timer(10_000).pipe(
        mergeMap(() => {
          doneBefore = [...done];
          began.length = 0;
          return nightly(open(kinds, repository), '1');
        }),
      );
      const states = emittedStates(again$);
      flush();
      expect(states).toEqual(['extract-1 completed', 'load-1 running', 'load-1 completed', 'end']);
      expect(doneBefore).toHaveLength(100 + 41);
      expect(began).toHaveLength(100 - 41);
      expect(began.filter((chunk) => doneBefore.includes(chunk))).toEqual([]);
    });
  });

  it('cancels the job that runs when it is left, and begins no other', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const kinds = { extract: { worker: () => NEVER }, load: { worker: () => NEVER } };
      nightly(open(kinds, repository), '1')
        .pipe(takeUntil(timer(5)))
        .subscribe();
      flush();
      expect(storedStates(repository)).toEqual({ 'extract-1': 'cancelled' });
    });
  });
});

describe('several jobs at a time', () => {
  const kinds = {
    test: {
      worker: ({ jobId }: ChunkTask) =>
        jobId === 'bad' ? concat(timer(2).pipe(ignoreElements()), fails()) : timer(9),
      retry,
    },
  };

  it('cancels the others when one fails', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let ended: unknown;
      together(open(kinds, repository), [spec('good', 1), spec('bad', 1)]).subscribe({
        error: (error: unknown) => (ended = codeOf(error)),
      });
      flush();
      expect(ended).toBe('JOB_FAILED');
      expect(storedStates(repository)).toEqual({ good: 'cancelled', bad: 'failed' });
    });
  });

  it('lets the others go on, and emits what became of each', () => {
    runMarbles(({ flush }) => {
      let last: readonly JobSnapshot[] = [];
      sideBySide(open(kinds), [spec('good', 1), spec('bad', 1)]).subscribe((snapshots) => (last = snapshots));
      flush();
      expect(last.map(({ id, state }) => `${id} ${state}`)).toEqual(['good completed', 'bad failed']);
    });
  });
});

describe('a new input', () => {
  it('cancels the job of the last one, and stops its work', () => {
    runMarbles(({ hot, flush }) => {
      const repository = new MemoryJobRepository();
      const left: unknown[] = [];
      const worker = ({ chunk }: ChunkTask<string>) =>
        timer(10).pipe(tap({ unsubscribe: () => left.push(chunk) }));
      const states: string[] = [];
      const album$ = hot('a----b', { a: ['a1', 'a2'], b: ['b1'] });
      thumbnails(open({ thumbnails: { worker } }, repository), album$).subscribe(({ state, totalChunks }) =>
        states.push(`${state} ${totalChunks}`),
      );
      flush();
      expect(left).toEqual(['a1', 'a2']);
      expect(Object.values(storedStates(repository))).toEqual(['cancelled', 'completed']);
      expect(states).toEqual([
        'pending 2',
        'running 2',
        'pending 1',
        'running 1',
        'running 1',
        'completed 1',
      ]);
    });
  });
});

describe('a queue of jobs under one limit', () => {
  const onRefused = (_spec: JobSpec, error: unknown): void => {
    throw error;
  };

  it('runs four jobs at a time, never more attempts than slots, and goes on after a failure', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let [running, most] = [0, 0];
      const jobsAtWork = new Set<string>();
      let mostJobs = 0;
      const worker = ({ jobId }: ChunkTask) =>
        defer(() => {
          most = Math.max(most, ++running);
          jobsAtWork.add(jobId);
          mostJobs = Math.max(mostJobs, jobsAtWork.size);
          return jobId === 'job-2' ? fails() : timer(5);
        }).pipe(
          finalize(() => {
            running -= 1;
          }),
        );
      const limit = sharedLimit(3);
      const spec$ = timer(0, 1).pipe(
        take(10),
        map((index) => spec(`job-${index}`, 5)),
      );
      let isOver = false;
      queue(open({ test: { worker, retry } }, repository), spec$, { limit, onRefused }).subscribe({
        next: ({ id, finishedAt }) => {
          if (finishedAt !== null) jobsAtWork.delete(id);
        },
        complete: () => (isOver = true),
      });
      flush();
      expect([isOver, most, mostJobs, limit.taken]).toEqual([true, 3, 4, 0]);
      const expected = Array.from({ length: 10 }, (_, index) => [
        `job-${index}`,
        index === 2 ? 'failed' : 'completed',
      ]);
      expect(storedStates(repository)).toEqual(Object.fromEntries(expected));
    });
  });

  it('tells of specs that are refused, and goes on', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const refused: string[] = [];
      const specs: readonly JobSpec[] = [
        spec('a', 2),
        spec('a', 3),
        { id: 'b', kind: 'other', chunks: [1] },
        { id: 'c', kind: 'test', chunks: [new Date(0)] },
        spec('d', 1),
      ];
      const jobs = open({ test: { worker: () => timer(1) } }, repository);
      const states = emittedStates(
        queue(jobs, from(specs), {
          limit: sharedLimit(1),
          onRefused: ({ id }, error) => refused.push(`${id} ${codeOf(error)}`),
        }),
      );
      flush();
      expect(refused).toEqual(['a SPEC_MISMATCH', 'b UNKNOWN_KIND', 'c NOT_SERIALIZABLE']);
      expect(states.at(-1)).toBe('end');
      expect(storedStates(repository)).toEqual({ a: 'completed', d: 'completed' });
    });
  });

  it('cancels what runs when it is left, and gives every slot back', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const limit = sharedLimit(2);
      const spec$ = merge(...[0, 1, 2, 3, 4, 5].map((index) => of(spec(`job-${index}`, 2))));
      queue(open({ test: { worker: () => NEVER } }, repository), spec$, { limit, onRefused })
        .pipe(takeUntil(timer(5)))
        .subscribe();
      flush();
      expect(limit.taken).toBe(0);
      expect(storedStates(repository)).toEqual({
        'job-0': 'cancelled',
        'job-1': 'cancelled',
        'job-2': 'cancelled',
        'job-3': 'cancelled',
      });
    });
  });
});

describe('trying a job again as a whole', () => {
  it('redrives what failed until it completes', async () => {
    let calls = 0;
    const jobs = open({
      test: {
        worker: ({ index }: ChunkTask) => (index === 1 && ++calls < 3 ? fails() : of(index)),
        retry,
        tolerate: { failedRatio: 0 },
      },
    });
    const results = await new Promise<readonly { readonly state: string }[]>((resolve, reject) => {
      persistently(jobs, { ...spec('job', 3), id: 'job' }, 1)
        .pipe(toArray())
        .subscribe({ next: resolve, error: reject });
    });
    expect(results.map(({ state }) => state)).toEqual(['completed']);
    expect((await jobs.get('job'))?.run).toBe(3);
    await jobs.close();
  });
});

describe('the progress of a job on a screen', () => {
  it('shows counts ten times a second at most, and a change of state at once', () => {
    runMarbles(({ expectObservable }) => {
      const worker = () => timer(30);
      const jobs = open({ test: { worker, concurrency: 1 } });
      const job$ = jobs.runJob(spec('job', 8));
      const line$ = merge(
        timer(1).pipe(mergeMap(() => progressLine(jobs, 'job'))),
        job$.pipe(ignoreElements()),
      );
      const [a, b, c, d] = ['running 0/8', 'running 3/8', 'running 6/8', 'completed 8/8'];
      expectObservable(line$).toBe('1ms a 99ms b 99ms c 38ms (d|)', { a, b, c, d });
    });
  });
});

describe('pausing while there is no network', () => {
  it('pauses and resumes with the events of the window', () => {
    const target = new EventTarget();
    const seen: JobCommand[] = [];
    const listening = networkCommands(target).subscribe((command) => seen.push(command));
    target.dispatchEvent(new Event('offline'));
    target.dispatchEvent(new Event('online'));
    listening.unsubscribe();
    target.dispatchEvent(new Event('offline'));
    expect(seen).toEqual([{ type: 'pause', mode: 'stop' }, 'resume']);
  });

  it('stops what runs when the network goes, and goes on with it when it is back', () => {
    runMarbles(({ cold, flush }) => {
      const target = new EventTarget();
      cold('-----f-----n', { f: 'offline', n: 'online' }).subscribe((type) => {
        target.dispatchEvent(new Event(type));
      });
      let began = 0;
      const worker = () =>
        defer(() => {
          began += 1;
          return timer(10);
        });
      const commands$ = networkCommands(target);
      const states = emittedStates(
        manageJob(spec('job', 1), { worker, repository: new MemoryJobRepository(), commands$ }),
      );
      flush();
      expect(states).toEqual([
        'job pending',
        'job running',
        'job pausing',
        'job paused',
        'job completed',
        'end',
      ]);
      expect(began).toBe(2);
    });
  });
});
