import type { Observable } from 'rxjs';
import {
  defer,
  filter,
  finalize,
  firstValueFrom,
  lastValueFrom,
  mergeMap,
  NEVER,
  of,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Episode } from '../../docs/examples/recipes/jobs-of-jobs.js';
import { cancelEpisodes, episodes } from '../../docs/examples/recipes/jobs-of-jobs.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobSpec } from '../../lib/model/spec/job-spec.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkReport, ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { PromisedJobRepository } from '../manager/promised-job-repository.js';
import { emittedStates } from './emitted-states.js';
import { storedStates } from './stored-states.js';

/** A season with so many scenes in each episode. */
const season = (
  ...counts: readonly number[]
): JobSpec<Episode> & { readonly id: string; readonly kind: 'season' } => ({
  id: 'season',
  kind: 'season',
  chunks: counts.map((count, episode) => ({
    scenes: Array.from({ length: count }, (_, scene) => `${episode}/${scene}`),
  })),
});

const leaseMs = 999_999;

/** Scenes that take so long, in the order in which they began and completed. */
function filmed(ms: number): {
  readonly began: string[];
  readonly done: string[];
  readonly scene: (task: ChunkTask<string>) => Observable<number>;
} {
  const [began, done]: [string[], string[]] = [[], []];
  const scene = ({ chunk }: ChunkTask<string>): Observable<number> =>
    defer(() => {
      began.push(chunk);
      return timer(ms);
    }).pipe(tap({ complete: () => done.push(chunk) }));
  return { began, done, scene };
}

function stored(repository: MemoryJobRepository, id: string): JobSnapshot {
  let found: JobSnapshot | undefined;
  repository.list().subscribe((snapshot) => {
    if (snapshot.id === id) found = snapshot;
  });
  return found!;
}

describe('a job whose chunks are jobs', () => {
  it('runs the scenes of several episodes under their limit, and reports how far each is', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let [running, most] = [0, 0];
      const scene = () =>
        defer(() => {
          most = Math.max(most, ++running);
          return timer(5);
        }).pipe(
          finalize(() => {
            running -= 1;
          }),
        );
      const reports: ChunkReport[] = [];
      const worker = episodes(repository, scene, sharedLimit(2));
      const states = emittedStates(
        manageJob(season(2, 4), { worker, repository, leaseMs, onReport: (report) => reports.push(report) }),
      );
      flush();
      expect(states.at(-1)).toBe('end');
      expect(most).toBe(2);
      expect(storedStates(repository)).toEqual({
        season: 'completed',
        'season.0': 'completed',
        'season.1': 'completed',
      });
      expect([
        ...new Set(reports.filter(({ index }) => index === 1).map(({ fraction }) => fraction)),
      ]).toEqual([0, 0.25, 0.5, 0.75, 1]);
    });
  });

  it('tries an episode that failed again, and of it only the scenes that failed or never began', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const ran: string[] = [];
      const scene = ({ chunk }: ChunkTask<string>) =>
        defer(() => {
          ran.push(chunk);
          return chunk === '0/2' && ran.filter((name) => name === chunk).length <= 3
            ? throwError(() => new Error('rain'))
            : of(1);
        });
      const worker = episodes(repository, scene, sharedLimit(1));
      const states = emittedStates(
        manageJob(season(4), { worker, repository, leaseMs, retry: { retries: 1, delayMs: 5 } }),
      );
      flush();
      expect(states.at(-1)).toBe('end');
      expect(ran.filter((name) => name !== '0/2').sort()).toEqual(['0/0', '0/1', '0/3']);
      expect(stored(repository, 'season.0')).toMatchObject({
        state: 'completed',
        run: 2,
        completedChunks: 4,
      });
    });
  });

  it('fails when an episode has failed in every attempt, and leaves the others as they are stored', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      const scene = ({ chunk }: ChunkTask<string>) =>
        chunk === '0/1' ? throwError(() => new Error('rain')) : NEVER;
      const worker = episodes(repository, scene, sharedLimit(9));
      const states = emittedStates(
        manageJob(season(2, 2), { worker, repository, leaseMs, retry: { retries: 1, delayMs: 5 } }),
      );
      flush();
      expect(states.at(-1)).toBe('JOB_FAILED');
      expect(stored(repository, 'season').error).toMatchObject({ code: 'JOB_FAILED', index: 0, attempt: 2 });
      expect(stored(repository, 'season.0')).toMatchObject({ state: 'failed', run: 2 });
      expect(stored(repository, 'season.1').state).toBe('running');
    });
  });

  it('goes on with the episodes after a crash, and repeats of them only what was cut short', () => {
    runMarbles(({ flush }) => {
      // Nobody gives a lease back in a crash, and nobody renews it.
      class CrashingRepository extends MemoryJobRepository {
        isCrashed = false;
        override release: MemoryJobRepository['release'] = (lease) =>
          this.isCrashed ? NEVER : super.release(lease);
        override renew: MemoryJobRepository['renew'] = (lease) =>
          this.isCrashed ? NEVER : super.renew(lease);
      }
      const repository = new CrashingRepository();
      const { began, done, scene } = filmed(5);
      const limit = sharedLimit(2);
      const crash$ = timer(12).pipe(
        tap(() => {
          repository.isCrashed = true;
        }),
      );
      manageJob(season(5, 5), { worker: episodes(repository, scene, limit), repository, leaseMs: 50 })
        .pipe(takeUntil(crash$))
        .subscribe();
      let doneBefore: readonly string[] = [];
      // The lease of the season has run out by then, and those of the episodes have not.
      const again$ = timer(10_000).pipe(
        tap(() => {
          repository.isCrashed = false;
          doneBefore = [...done];
          began.length = 0;
        }),
      );
      const retry = { retries: 3, delayMs: 3_000 };
      const states = emittedStates(
        again$.pipe(
          mergeMap(() =>
            manageJob(season(5, 5), {
              worker: episodes(repository, scene, sharedLimit(2)),
              repository,
              leaseMs,
              retry,
            }),
          ),
        ),
      );
      flush();
      expect(states.at(-1)).toBe('end');
      expect(stored(repository, 'season').failedAttempts).toBeGreaterThan(0);
      expect(doneBefore).toHaveLength(4);
      expect(began.filter((name) => doneBefore.includes(name))).toEqual([]);
      expect([...doneBefore, ...began].sort()).toEqual(
        ['0', '1'].flatMap((episode) => ['0', '1', '2', '3', '4'].map((scene) => `${episode}/${scene}`)),
      );
    });
  });

  it('leaves the episodes as they are stored when it is paused, and goes on with them', () => {
    runMarbles(({ flush, commands }) => {
      const repository = new MemoryJobRepository();
      const { began, scene } = filmed(5);
      const worker = episodes(repository, scene, sharedLimit(1));
      const states = emittedStates(
        manageJob(season(4), { worker, repository, leaseMs, commands$: commands('-------P----r') }),
      );
      flush();
      expect(states).toEqual([
        'season pending',
        'season running',
        'season pausing',
        'season paused',
        'season completed',
        'end',
      ]);
      // The one that was stopped in the middle, and no other, began twice.
      expect(began).toEqual(['0/0', '0/1', '0/1', '0/2', '0/3']);
    });
  });

  it('waits for scenes that take time to stop before it tries their episode again', () => {
    runMarbles(({ flush }) => {
      const repository = new MemoryJobRepository();
      let [running, most, began] = [0, 0, 0];
      const scene = (task: ChunkTask<string>): Observable<unknown> =>
        defer(() => {
          most = Math.max(most, ++running);
          return ++began === 1 ? NEVER : timer(1);
        }).pipe(
          finalize(() => {
            task.waitUntil(
              timer(7).pipe(
                finalize(() => {
                  running -= 1;
                }),
              ),
            );
          }),
        );
      const worker = episodes(repository, scene, sharedLimit(9));
      const states = emittedStates(
        manageJob(season(1), {
          worker,
          repository,
          leaseMs,
          attemptTimeoutMs: 20,
          retry: { retries: 1, delayMs: 1 },
        }),
      );
      flush();
      expect(states.at(-1)).toBe('end');
      expect([most, began]).toEqual([1, 2]);
    });
  });

  it('waits for ever when it takes the slots that its scenes need', () => {
    runMarbles(({ flush }) => {
      // It takes a moment to open an episode: until then the season has all slots.
      class SlowRepository extends MemoryJobRepository {
        override load: MemoryJobRepository['load'] = (id) => timer(1).pipe(mergeMap(() => super.load(id)));
      }
      const repository = new SlowRepository();
      const limit = sharedLimit(2);
      const { began, scene } = filmed(5);
      const worker = episodes(repository, scene, limit);
      manageJob(season(1, 1), { worker, repository, limit, leaseMs })
        .pipe(takeUntil(timer(900_000)))
        .subscribe();
      timer(899_999).subscribe(() => {
        expect([limit.taken, began]).toEqual([2, []]);
      });
      flush();
      expect(storedStates(repository)).toEqual({
        season: 'running',
        'season.0': 'running',
        'season.1': 'running',
      });
    });
  });
});

describe('cancelling the episodes of a season', () => {
  const running = (count: number) =>
    filter<JobSnapshot>(({ state, completedChunks }) => state === 'running' && completedChunks === count);

  it('cancels those that are not done, once the season has been cancelled, and none before', async () => {
    const repository = new MemoryJobRepository();
    let atWork = 0;
    const scene = ({ chunk }: ChunkTask<string>) =>
      defer(() => {
        atWork += 1;
        return chunk === '0/0' ? of(1) : NEVER;
      }).pipe(
        finalize(() => {
          atWork -= 1;
        }),
      );
    const worker = episodes(repository, scene, sharedLimit(2));
    const jobs = new JobManager({ repository, kinds: { season: { worker, concurrency: 2 } } });
    const job = await jobs.submit(season(1, 3, 1));
    await firstValueFrom(job.snapshots$.pipe(running(1)));
    expect(atWork).toBe(2);
    const cancelled = lastValueFrom(cancelEpisodes(jobs, 'season').pipe(toArray()));
    await jobs.cancel('season');
    expect((await cancelled).map(({ id, state }) => `${id} ${state}`).sort()).toEqual([
      'season.1 cancelled',
      'season.2 cancelled',
    ]);
    expect(atWork).toBe(0);
    expect(storedStates(repository)).toEqual({
      season: 'cancelled',
      'season.0': 'completed',
      'season.1': 'cancelled',
      'season.2': 'cancelled',
    });
    // Told again, after a restart say, it has nothing to do.
    await lastValueFrom(cancelEpisodes(jobs, 'season'), { defaultValue: undefined });
    await jobs.close();
  });

  it('leaves the episodes of a season that ends otherwise', async () => {
    const repository = new MemoryJobRepository();
    const worker = episodes(repository, () => of(1), sharedLimit(2));
    const jobs = new JobManager({ repository, kinds: { season: { worker } } });
    await jobs.submit(season(2, 2));
    expect(await lastValueFrom(cancelEpisodes(jobs, 'season').pipe(toArray()))).toEqual([]);
    expect(storedStates(repository)).toEqual({
      season: 'completed',
      'season.0': 'completed',
      'season.1': 'completed',
    });
    await jobs.close();
  });

  it('gets at an episode that was stopped while its repository was still opening it', async () => {
    const repository = new PromisedJobRepository();
    const opened: string[] = [];
    const watched = Object.assign(repository, {
      create: (
        (create) =>
        (...args: Parameters<typeof create>) => {
          opened.push(args[0].id);
          return create(...args);
        }
      )(repository.create),
    });
    let began = 0;
    const scene = () =>
      defer(() => {
        began += 1;
        return NEVER;
      });
    const jobs = new JobManager({
      repository: watched,
      kinds: { season: { worker: episodes(watched, scene, sharedLimit(2)) } },
    });
    const job = await jobs.submit(season(1));
    await firstValueFrom(job.snapshots$.pipe(running(0)));
    // It has been asked for, and the answer is still to come.
    expect(opened).toEqual(['season', 'season.0']);
    await jobs.cancel('season');
    await lastValueFrom(cancelEpisodes(jobs, 'season'), { defaultValue: undefined });
    expect(began).toBe(0);
    expect(await jobs.get('season.0')).toMatchObject({ state: 'cancelled' });
    await jobs.close();
  });
});
