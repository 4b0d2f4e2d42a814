import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { readSteadily } from '../disk/read-steadily.js';
import type { JournalProblem } from '../journal/journal-problem.js';
import type { StoreDirectory } from './store-directory.js';
import { verifyJob } from './verify-job.js';

/**
 * Verifies one job, or all of a store.
 *
 * @throws NotAStoreError if no store is there
 */
export async function verifyStore(
  store: StoreDirectory,
  jobId: string | undefined,
): Promise<readonly JournalProblem[]> {
  await store.check(true);
  const problems: JournalProblem[] = [];
  for (const name of jobId === undefined ? await store.names() : [jobId]) {
    const directory = store.find(name);
    if (!directory) continue;
    try {
      problems.push(...((await readSteadily(directory, () => verifyJob(directory))) ?? []));
    } catch (error) {
      if (!(error instanceof CorruptJobError)) throw error;
      problems.push({ jobId: error.jobId, place: error.place, problem: error.problem });
    }
  }
  return problems;
}
