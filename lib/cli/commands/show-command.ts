import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { FailedChunk } from '../../model/chunk-outcome.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { retryingChunks, waitLeftMs } from '../../model/retrying-chunks.js';
import type { CliContext } from '../cli-context.js';
import { storedCommandJob } from '../store/stored-command-job.js';
import { describeProgress } from '../progress/describe-progress.js';
import { exitCode } from '../exit-code.js';
import { formatDuration } from '../output/format-duration.js';
import { formatTime } from '../output/format-time.js';
import type { JobActivity } from '../store/job-activity.js';
import { jobActivity } from '../store/job-activity.js';
import type { JobStore } from '../store/job-store.js';
import { showError } from '../output/show-error.js';
import { jsonText } from '../output/harmless.js';
import { textTable } from '../output/text-table.js';

const shownFailures = 20;

/**
 * `sluice show ID`: one job, with the chunks that failed and those that wait for another attempt.
 *
 * @returns the exit code
 */
export async function showCommand(
  { io, store, commandLine }: CliContext,
  jobId: string,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const stored = await store.repository.load(jobId);
  if (stored === undefined) throw new JobNotFoundError({ jobId });
  const { snapshot } = stored;
  const activity = await jobActivity(store, snapshot);
  const failures = await failuresOf(store, snapshot);
  if (json) {
    io.stdout.write(
      `${jsonText({ ...snapshot, owner: activity.owner ?? null, leftBehind: activity.isLeftBehind, failures }, 2)}\n`,
    );
  } else {
    io.stdout.write(textTable(rowsOf(snapshot, activity, commandLine)));
    io.stdout.write(failureLines(failures, snapshot));
  }
  return exitCode.completed;
}

async function failuresOf(
  store: JobStore,
  { id, failedChunks }: JobSnapshot,
): Promise<readonly FailedChunk[]> {
  const failures: FailedChunk[] = [];
  if (failedChunks === 0) return failures;
  for await (const outcome of store.repository.outcomes(id)) {
    if (outcome.status === 'failed') failures.push(outcome);
  }
  return failures;
}

function rowsOf(
  snapshot: JobSnapshot,
  activity: JobActivity,
  commandLine: CliContext['commandLine'],
): (readonly string[])[] {
  const {
    id,
    kind,
    createdAt,
    startedAt,
    finishedAt,
    updatedAt,
    failedAttempts,
    abandonedAttempts,
    metadata,
    error,
  } = snapshot;
  const work = storedCommandJob(metadata)?.work;
  const rows: (readonly string[])[] = [
    ['id', id],
    ['kind', kind],
    ['state', stateText(snapshot, activity, commandLine)],
    ['chunks', describeProgress(snapshot)],
    ['created', formatTime(createdAt)],
  ];
  if (startedAt !== null) rows.push(['started', formatTime(startedAt)]);
  rows.push(finishedAt === null ? ['updated', formatTime(updatedAt)] : ['finished', formatTime(finishedAt)]);
  if (activity.owner !== undefined) rows.push(['owner', activity.owner]);
  if (work !== undefined) {
    rows.push(['command', JSON.stringify(work.command)], ['cwd', work.cwd]);
    if (work.merge !== undefined)
      rows.push([
        'merge',
        `${JSON.stringify(work.merge.command)}${work.merge.output === undefined ? '' : ` > ${work.merge.output}`}`,
      ]);
  }
  if (failedAttempts > 0) rows.push(['failed attempts', String(failedAttempts)]);
  if (abandonedAttempts > 0) rows.push(['abandoned attempts', String(abandonedAttempts)]);
  if (error !== null) rows.push(['error', showError(error)]);
  return rows;
}

function stateText(
  { id, state }: JobSnapshot,
  { isLeftBehind, isWaiting }: JobActivity,
  commandLine: CliContext['commandLine'],
): string {
  if (isWaiting) return `${state}, waits for a process that works: ${commandLine('work')}`;
  if (!isLeftBehind) return state;
  return `${state}, left behind by a process that is gone; to go on: ${commandLine('resume', id)}`;
}

function failureLines(failures: readonly FailedChunk[], snapshot: JobSnapshot): string {
  const retrying = retryingChunks(snapshot);
  const now = Date.now();
  const lines = [
    ...failures
      .slice(0, shownFailures)
      .map(
        ({ index, attempt, error }) => `chunk ${index} failed at attempt ${attempt}: ${showError(error)}\n`,
      ),
    ...(failures.length > shownFailures
      ? [`and ${failures.length - shownFailures} more chunks failed (--json shows all)\n`]
      : []),
    ...retrying.slice(0, shownFailures).map((chunk) => {
      const leftMs = waitLeftMs(chunk, snapshot.updatedAt, now);
      const due = leftMs > 0 ? `in ${formatDuration(leftMs)}` : 'due';
      return `chunk ${chunk.index} is to be tried again: attempt ${chunk.attempt}, ${due}\n`;
    }),
    ...(retrying.length > shownFailures
      ? [`and ${retrying.length - shownFailures} more chunks are to be tried again (--json shows all)\n`]
      : []),
  ];
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}
