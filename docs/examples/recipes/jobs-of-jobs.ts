import {
  catchError,
  defer,
  EMPTY,
  filter,
  last,
  map,
  mergeMap,
  Observable,
  range,
  ReplaySubject,
  Subject,
  switchMap,
  tap,
  throwError,
} from 'rxjs';
import type {
  ChunkTask,
  JobCommand,
  JobManager,
  JobRepository,
  JobSnapshot,
  JobSpec,
  SharedLimit,
  Worker,
} from 'sluice';
import { isSluiceError, JobIncompleteError, manageJob } from 'sluice';

/** A season is a job, each episode of it a chunk, and the scenes of the episode the chunks of a job of its own. */
export interface Episode {
  readonly scenes: readonly string[];
}

/**
 * The worker of a season: runs the job of an episode. That has an id made of the season's and the place in it, so an attempt that was cut short, or
 * comes after a crash, goes on with the scenes that are not done; one that comes after a failure sets the failed scenes to work again.
 */
export const episodes =
  (repository: JobRepository, scene: Worker<string>, limit: SharedLimit) =>
  (task: ChunkTask<Episode>): Observable<string> => {
    const spec: JobSpec<string> & { readonly id: string } = {
      id: `${task.jobId}.${task.index}`,
      kind: 'episode',
      chunks: task.chunk.scenes,
    };
    const run = (commands$: Observable<JobCommand>): Observable<JobSnapshot> =>
      defer(() => repository.load(spec.id)).pipe(
        last(null, undefined),
        switchMap((stored) => {
          const redrive = stored?.snapshot.state === 'failed' ? stored.snapshot.failed : undefined;
          return manageJob(spec, { repository, worker: scene, limit, redrive, commands$ });
        }),
      );
    return untilDetached(task, run).pipe(
      tap(({ completedChunks, totalChunks }) => {
        task.report({ fraction: completedChunks / totalChunks });
      }),
      last(),
      map(({ id, state }) => {
        if (state !== 'completed') throw new JobIncompleteError({ jobId: id, state });
        return id;
      }),
    );
  };

/** A job inside an attempt: when the attempt is stopped, it has not ended before the job has stopped its work and given back its lease. */
const untilDetached = (
  task: ChunkTask,
  run: (commands$: Observable<JobCommand>) => Observable<JobSnapshot>,
): Observable<JobSnapshot> =>
  new Observable((subscriber) => {
    // Replays: the attempt may be stopped before the job has been opened.
    const commands$ = new ReplaySubject<JobCommand>(1);
    const snapshots$ = new Subject<JobSnapshot>();
    snapshots$.subscribe(subscriber);
    run(commands$).subscribe(snapshots$);
    return () => {
      task.waitUntil(snapshots$);
      commands$.next({ type: 'detach', mode: 'stop' });
    };
  });

/** Once a season has been cancelled, cancels its episodes. Ends with the season, and does nothing if that ends otherwise. */
export const cancelEpisodes = (jobs: JobManager, season: string): Observable<JobSnapshot> =>
  jobs.watch(season).pipe(
    filter(({ state }) => state === 'cancelled'),
    mergeMap(({ id, totalChunks }) => range(0, totalChunks).pipe(map((index) => `${id}.${index}`))),
    mergeMap(
      (episode) =>
        defer(() => jobs.cancel(episode)).pipe(
          catchError((error: unknown) => (isEndedOrAbsent(error) ? EMPTY : throwError(() => error))),
        ),
      8,
    ),
  );

const isEndedOrAbsent = (error: unknown): boolean =>
  isSluiceError(error) && (error.code === 'INVALID_TRANSITION' || error.code === 'JOB_NOT_FOUND');
