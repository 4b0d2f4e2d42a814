import { assertJobId } from './job-spec.js';

/** Whether a job can have this id. */
export function isJobId(id: unknown): id is string {
  try {
    assertJobId(id);
    return true;
  } catch {
    return false;
  }
}
