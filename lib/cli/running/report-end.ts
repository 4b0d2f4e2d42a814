import { JobFailedError } from '../../errors/job-failed-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import type { CliContext } from '../cli-context.js';
import { FailureGroups } from '../output/failure-groups.js';
import { reportError } from '../output/report-error.js';
import { showError } from '../output/show-error.js';
import type { ProgressRenderer } from '../progress/progress-renderer.js';
import { storedCommandJob } from '../store/stored-command-job.js';

const shownGroups = 10;

/** A job as it was when a command had done with it. */
export interface EndReport {
  readonly snapshot: JobSnapshot;
  readonly renderer: ProgressRenderer;
  /** What begins the job anew, as a command line. */
  readonly anew: string;
}

/** Says what became of a job: its error, its failures together, and, last, what to do next. */
export async function reportEnd(context: CliContext, { snapshot, renderer, anew }: EndReport): Promise<void> {
  const { id, state, error, failedChunks } = snapshot;
  if (state === 'failed' && error !== null) reportError(context, new JobFailedError({ jobId: id, error }));
  // That of the only chunk that failed is the error of the job.
  if (isTerminal(state) && failedChunks > (state === 'failed' ? 1 : 0))
    await reportFailures(context, snapshot, renderer);
  renderer.hint(nextStep(context, snapshot, anew));
}

async function reportFailures(
  { store, commandLine }: CliContext,
  { id, failedChunks }: JobSnapshot,
  renderer: ProgressRenderer,
): Promise<void> {
  const failures = new FailureGroups();
  for await (const outcome of store.repository.outcomes(id))
    if (outcome.status === 'failed') failures.add(outcome);
  const { groups } = failures;
  renderer.notice(`${chunksOf(failedChunks)} failed:`);
  for (const { code, count, example } of groups.slice(0, shownGroups)) {
    const again = commandLine(
      'redrive',
      id,
      ...(groups.length === 1 ? [] : ['--like', String(example.index)]),
    );
    renderer.notice(
      `- ${count} × ${code}, such as chunk ${example.index} at attempt ${example.attempt}: ${showError(example.error)}; to run ${count === 1 ? 'it' : 'these'} again: ${again}`,
    );
  }
  const others = groups.slice(shownGroups);
  if (others.length === 0) return;
  const left = others.reduce((sum, { count }) => sum + count, 0);
  renderer.notice(
    `- and ${left} more, in ${others.length} groups: ${commandLine('outcomes', id, '--failed')}`,
  );
}

function nextStep({ commandLine }: CliContext, snapshot: JobSnapshot, anew: string): string {
  const { id, state, totalChunks, completedChunks, failedChunks, metadata } = snapshot;
  const left = totalChunks - completedChunks;
  switch (state) {
    case 'completed': {
      const file = storedCommandJob(metadata)?.work.merge?.output;
      if (failedChunks > 0)
        return `to run what failed again, ${chunksOf(failedChunks)}: ${commandLine('redrive', id)}`;
      return file === undefined || totalChunks === 0
        ? `to see the results: ${commandLine('outcomes', id)}`
        : `merged into ${file.replaceAll('{jobId}', id)}; to see what it is made of: ${commandLine('outcomes', id)}`;
    }
    case 'failed':
      return left === 0
        ? `to run the merge again: ${commandLine('redrive', id)}`
        : `to run what is left, ${left} of ${chunksOf(totalChunks)}: ${commandLine('redrive', id)}`;
    case 'cancelled':
      return `to begin it anew: ${anew}`;
    default:
      return `${state} at ${completedChunks} of ${totalChunks} chunks; to go on: ${commandLine('resume', id)}`;
  }
}

function chunksOf(count: number): string {
  return `${count} ${count === 1 ? 'chunk' : 'chunks'}`;
}
