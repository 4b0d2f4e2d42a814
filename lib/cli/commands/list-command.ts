import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { CliContext } from '../cli-context.js';
import { percentOf } from '../progress/describe-progress.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { formatTime } from '../output/format-time.js';
import { jobActivity } from '../store/job-activity.js';
import { textTable } from '../output/text-table.js';

/**
 * `sluice list`: all jobs of the store, in the order of their creation.
 *
 * @returns the exit code
 * @throws CorruptJobError after the others have been listed
 */
export async function listCommand(
  { io, store }: CliContext,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const jobs: JobSnapshot[] = [];
  try {
    for await (const snapshot of store.repository.list()) jobs.push(snapshot);
  } finally {
    if (json) {
      io.stdout.write(`${jsonText(jobs, 2)}\n`);
    } else if (jobs.length === 0) {
      io.stderr.write(`no jobs in ${store.directory}\n`);
    } else {
      const rows = await Promise.all(
        jobs.map(async (job) => {
          const { isLeftBehind } = await jobActivity(store, job);
          const { id, state, completedChunks, totalChunks, failedChunks, createdAt } = job;
          return [
            id,
            isLeftBehind ? `${state} (left)` : state,
            `${completedChunks}/${totalChunks}`,
            percentOf(job),
            failedChunks,
            formatTime(createdAt),
          ];
        }),
      );
      io.stdout.write(textTable([['ID', 'STATE', 'DONE', '%', 'FAILED', 'CREATED'], ...rows]));
    }
  }
  return exitCode.completed;
}
