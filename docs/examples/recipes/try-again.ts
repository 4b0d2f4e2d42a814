import type { Observable } from 'rxjs';
import { defer, retry, switchMap, tap } from 'rxjs';
import type { JobHandle, JobManager, JobResult, JobSpec } from 'sluice';

export function persistently(
  jobs: JobManager,
  spec: JobSpec & { readonly id: string },
  delayMs = 60_000,
): Observable<JobResult> {
  const begin = async (): Promise<JobHandle> =>
    (await jobs.get(spec.id))?.state === 'failed' ? jobs.redrive(spec.id) : jobs.submit(spec);
  return defer(begin).pipe(
    switchMap((job) => job.result()),
    tap((result) => {
      result.throwIfFailed();
    }),
    retry({ count: 3, delay: delayMs }),
  );
}
