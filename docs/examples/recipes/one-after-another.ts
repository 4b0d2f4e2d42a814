import type { Observable } from 'rxjs';
import { concat } from 'rxjs';
import type { JobManager, JobSnapshot } from 'sluice';
import { range } from 'sluice';

export const nightly = (jobs: JobManager, night: string): Observable<JobSnapshot> =>
  concat(
    jobs.runJob({ id: `extract-${night}`, kind: 'extract', chunks: range(50_000, 500) }),
    jobs.runJob({ id: `load-${night}`, kind: 'load', chunks: range(50_000, 500) }),
  );
