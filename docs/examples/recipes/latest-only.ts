import type { Observable } from 'rxjs';
import { switchMap } from 'rxjs';
import type { JobManager, JobSnapshot } from 'sluice';

/** The thumbnails of the album that was chosen last; choosing another one cancels the job. */
export const thumbnails = (
  jobs: JobManager,
  album$: Observable<readonly string[]>,
): Observable<JobSnapshot> =>
  album$.pipe(switchMap((pictures) => jobs.runJob({ kind: 'thumbnails', chunks: pictures })));
