import type { Observable } from 'rxjs';
import { concat, defer, finalize, ignoreElements, map, merge, mergeMap, NEVER, of, take, takeUntil, tap, throwError, timer, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { adaptive } from '../../docs/examples/recipes/adaptive-limit.js';
import type { Episode } from '../../docs/examples/recipes/jobs-of-jobs.js';
import { episodes } from '../../docs/examples/recipes/jobs-of-jobs.js';
import { thumbnails } from '../../docs/examples/recipes/latest-only.js';
import { networkCommands } from '../../docs/examples/recipes/offline.js';
import { nightly } from '../../docs/examples/recipes/one-after-another.js';
import { queue } from '../../docs/examples/recipes/queue.js';
import { sideBySide, together } from '../../docs/examples/recipes/several-at-once.js';
import { persistently } from '../../docs/examples/recipes/try-again.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { AnyJobKind } from '../../lib/manager/job-kind.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { range } from '../../lib/model/chunk-range.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobSpec } from '../../lib/model/job-spec.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import { sharedLimit } from '../../lib/operators/shared-limit.js';
import type { ChunkReport, ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/run-marbles.js';

const open = (kinds: { readonly [kind: string]: AnyJobKind }, repository = new MemoryJobRepository()): JobManager =>
  new JobManager({ repository, kinds, leaseMs: 999_999, watchIntervalMs: 1 });

/** The states of all jobs, as they are stored. */
function storedStates(repository: MemoryJobRepository): { readonly [id: string]: string } {
  const states: { [id: string]: string } = {};
  repository.list().subscribe(({ id, state }) => { states[id] = state; });
  return states;
}

const spec = (id: string, count: number): JobSpec<number> => ({ id, kind: 'test', chunks: Array.from({ length: count }, (_, index) => index) });
const codeOf = (error: unknown): string => String(Reflect.get(Object(error), 'code'));
const fails = (): Observable<never> => throwError(() => new Error('no'));
const retry = { retries: 0 };

/** The states that are emitted, without repetition, each with its job. */
const statesOf = (job$: Observable<JobSnapshot>): readonly string[] => {
  const states: string[] = [];
  const add = (state: string): void => { if (!states.includes(state)) states.push(state); };
  job$.subscribe({ next: ({ id, state }) => { add(`${id} ${state}`); }, error: (error: unknown) => { add(codeOf(error)); }, complete: () => { add('end'); } });
  return states;
};

describe('one job after the other', () => {
  it('begins the second when the first has completed, and not when it has failed', () => {
    runMarbles(({ flush }) => {
      const good = statesOf(nightly(open({ extract: { worker: () => timer(1) }, load: { worker: () => timer(1) } }), '1'));
      const bad = statesOf(nightly(open({ extract: { worker: fails, retry }, load: { worker: () => timer(1) } }), '1'));
      flush();
      expect(good).toEqual(['extract-1 pending', 'extract-1 running', 'extract-1 completed', 'load-1 pending', 'load-1 running', 'load-1 completed', 'end']);
      expect(bad).toEqual(['extract-1 pending', 'extract-1 running', 'extract-1 failing', 'extract-1 failed', 'JOB_FAILED']);
    });
  });

  it('goes on where it was left behind', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let loaded = 0;
      const kinds = { extract: { worker: () => of(1) }, load: { worker: () => defer(() => { loaded += 1; return timer(1); }) } };
      // The process dies while it loads.
      const dying = manageJob({ id: 'load-1', kind: 'load', chunks: range(50_000, 500) }, { worker: kinds.load.worker, repository, leaseMs: 10 });
      dying.pipe(takeUntil(timer(10))).subscribe();
      const before: number[] = [];
      timer(20).subscribe(() => before.push(loaded));
      const again = timer(30).pipe(mergeMap(() => nightly(open(kinds, repository), '1')));
      const states = statesOf(again);
      flush();
      expect(before[0]).toBeGreaterThan(8);
      expect(states.at(-1)).toBe('end');
      // What was running when it died ran twice, and nothing else.
      expect(loaded).toBeLessThanOrEqual(100 + 4);
    });
  });
});

describe('several jobs at a time', () => {
  const kinds = { test: { worker: ({ jobId }: ChunkTask) => (jobId === 'bad' ? concat(timer(2).pipe(ignoreElements()), fails()) : timer(9)), retry } };

  it('cancels the others when one fails', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let ended: unknown;
      together(open(kinds, repository), [spec('good', 1), spec('bad', 1)]).subscribe({ error: (error: unknown) => (ended = codeOf(error)) });
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
      const worker = ({ chunk }: ChunkTask<string>) => timer(10).pipe(tap({ unsubscribe: () => left.push(chunk) }));
      const states: string[] = [];
      const album$ = hot('a----b', { a: ['a1', 'a2'], b: ['b1'] });
      thumbnails(open({ thumbnails: { worker } }, repository), album$).subscribe(({ state, totalChunks }) => states.push(`${state} ${totalChunks}`));
      flush();
      expect(left).toEqual(['a1', 'a2']);
      expect(Object.values(storedStates(repository))).toEqual(['cancelled', 'completed']);
      expect(states).toEqual(['pending 2', 'running 2', 'pending 1', 'running 1', 'running 1', 'completed 1']);
    });
  });
});

describe('a queue of jobs under one limit', () => {
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
        }).pipe(finalize(() => { running -= 1; }));
      const limit = sharedLimit(3);
      const spec$ = timer(0, 1).pipe(take(10), map((index) => spec(`job-${index}`, 5)));
      let isOver = false;
      queue(open({ test: { worker, retry } }, repository), spec$, limit).subscribe({
        next: ({ id, finishedAt }) => { if (finishedAt !== null) jobsAtWork.delete(id); },
        complete: () => (isOver = true),
      });
      flush();
      const states = Object.values(storedStates(repository));
      expect([isOver, most, mostJobs, limit.taken]).toEqual([true, 3, 4, 0]);
      expect(states.filter((state) => state === 'completed')).toHaveLength(states.length - 1);
      expect(storedStates(repository)['job-2']).toBe('failed');
    });
  });

  it('cancels what runs when it is left, and gives every slot back', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const limit = sharedLimit(2);
      const spec$ = merge(...[0, 1, 2, 3, 4, 5].map((index) => of(spec(`job-${index}`, 2))));
      queue(open({ test: { worker: () => NEVER } }, repository), spec$, limit).pipe(takeUntil(timer(5))).subscribe();
      flush();
      expect(limit.taken).toBe(0);
      expect(storedStates(repository)).toEqual({ 'job-0': 'cancelled', 'job-1': 'cancelled', 'job-2': 'cancelled', 'job-3': 'cancelled' });
    });
  });
});

describe('a job whose chunks are jobs', () => {
  const season = (...counts: readonly number[]): JobSpec<Episode> => ({
    id: 'season',
    kind: 'season',
    chunks: counts.map((count, episode) => ({ scenes: Array.from({ length: count }, (_, scene) => `${episode}/${scene}`) })),
  });

  it('runs the scenes of several episodes under their limit, and reports how far each is', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const limit = sharedLimit(2);
      let [running, most] = [0, 0];
      const scene = () => defer(() => { most = Math.max(most, ++running); return timer(5); }).pipe(finalize(() => { running -= 1; }));
      const reports: ChunkReport[] = [];
      const states = statesOf(manageJob(season(2, 4), { worker: episodes(repository, scene, limit), repository, leaseMs: 999_999, onReport: (report) => reports.push(report) }));
      flush();
      expect(states.at(-1)).toBe('end');
      expect(most).toBe(2);
      expect(storedStates(repository)).toEqual({ season: 'completed', 'season.0': 'completed', 'season.1': 'completed' });
      expect([...new Set(reports.filter(({ index }) => index === 1).map(({ fraction }) => fraction))]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    });
  });

  it('tries an episode again, and of it only the scenes that failed', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const ran: string[] = [];
      const scene = ({ chunk }: ChunkTask<string>) =>
        defer(() => {
          ran.push(chunk);
          return chunk === '0/2' && ran.filter((name) => name === chunk).length <= 3 ? fails() : of(1);
        });
      const worker = episodes(repository, scene, sharedLimit(1));
      const states = statesOf(manageJob(season(4), { worker, repository, leaseMs: 999_999, retry: { retries: 1, delayMs: 5 } }));
      flush();
      expect(states.at(-1)).toBe('end');
      expect(ran.filter((name) => name !== '0/2').sort()).toEqual(['0/0', '0/1', '0/3']);
      let child: JobSnapshot | undefined;
      repository.list().subscribe((snapshot) => { if (snapshot.id === 'season.0') child = snapshot; });
      expect(child).toMatchObject({ state: 'completed', run: 2, completedChunks: 4 });
    });
  });

  it('leaves the episodes as they are stored when the season is paused, and goes on with them', () => {
    runMarbles(({ flush, commands }) => {
      const repository = new MemoryJobRepository();
      let started = 0;
      const scene = () => defer(() => { started += 1; return timer(5); });
      const worker = episodes(repository, scene, sharedLimit(1));
      const states = statesOf(manageJob(season(4), { worker, repository, leaseMs: 999_999, commands$: commands('-------P----r') }));
      flush();
      expect(states).toEqual(['season pending', 'season running', 'season pausing', 'season paused', 'season completed', 'end']);
      // The one that was stopped in the middle, and no other, was started twice.
      expect(started).toBe(5);
    });
  });
});

describe('a limit that adapts to the server', () => {
  it('halves the slots when the server is busy, and takes them again one by one', () => {
    runMarbles(({ flush }) => {
      let running = 0;
      const bear = 4;
      const seen: number[] = [];
      const { worker, concurrency } = adaptive<number, number>(
        () =>
          defer(() => {
            running += 1;
            return running > bear ? throwError(() => Object.assign(new Error('429'), { retryAfterMs: 3 })) : timer(5);
          }).pipe(finalize(() => { running -= 1; })),
        16,
      );
      concurrency.subscribe((slots) => seen.push(slots));
      const types: string[] = [];
      const chunks = Array.from({ length: 200 }, (_, index) => index);
      runChunks(worker, { concurrency, retry: { retries: 20, delayMs: 3, maxDelayMs: 3 } })(chunks).subscribe(({ type }) => types.push(type));
      flush();
      expect(seen.slice(0, 3)).toEqual([16, 8, 4]);
      expect(Math.max(...seen.slice(5))).toBeLessThanOrEqual(bear + 1);
      expect(types.filter((type) => type === 'chunk-completed')).toHaveLength(200);
      expect(types).not.toContain('chunk-failed');
    });
  });
});

describe('trying a job again as a whole', () => {
  it('redrives what failed until it completes', async () => {
    let calls = 0;
    const jobs = open({ test: { worker: ({ index }: ChunkTask) => (index === 1 && ++calls < 3 ? fails() : of(index)), retry, tolerate: { failedRatio: 0 } } });
    const results = await new Promise<readonly { readonly state: string }[]>((resolve, reject) => {
      persistently(jobs, { ...spec('job', 3), id: 'job' }, 1).pipe(toArray()).subscribe({ next: resolve, error: reject });
    });
    expect(results.map(({ state }) => state)).toEqual(['completed']);
    expect((await jobs.get('job'))?.run).toBe(3);
    await jobs.close();
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
});
