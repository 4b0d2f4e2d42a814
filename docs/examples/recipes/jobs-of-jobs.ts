import type { Observable } from 'rxjs';
import { defer, last, map, switchMap, tap } from 'rxjs';
import type { ChunkTask, JobRepository, JobSpec, SharedLimit, Worker } from 'sluice';
import { JobIncompleteError, manageJob } from 'sluice';

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
    const spec: JobSpec<string> & { readonly id: string } = { id: `${task.jobId}.${task.index}`, kind: 'episode', chunks: task.chunk.scenes };
    return defer(() => repository.load(spec.id)).pipe(
      last(null, undefined),
      switchMap((stored) => {
        const redrive = stored?.snapshot.state === 'failed' ? stored.snapshot.failed : undefined;
        return manageJob(spec, { repository, worker: scene, limit, redrive });
      }),
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
