import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { formatTime } from '../output/format-time.js';
import { jsonText } from '../output/harmless.js';
import { written } from '../output/written.js';
import type { StoredLog } from '../store/stored-log.js';
import { storedLogs } from '../store/stored-log.js';

/** The options of `sluice logs`. */
export interface LogsOptions {
  readonly json?: boolean;
}

/**
 * `sluice logs ID [INDEX]`: the last output of each attempt, of all chunks or of one.
 *
 * @returns the exit code
 */
export async function logsCommand(
  { io: { stdout, stderr }, store, commandLine }: CliContext,
  jobId: string,
  index: number | undefined,
  { json = false }: LogsOptions,
): Promise<number> {
  if (!(await store.holds(jobId))) throw new JobNotFoundError({ jobId });
  let total = 0;
  let shown = 0;
  for await (const log of storedLogs(store.logFile(jobId))) {
    total += 1;
    if (index !== undefined && log.index !== index) continue;
    shown += 1;
    const text = json ? `${jsonText(log)}\n` : `${headOf(log)}\n${log.text}`;
    if (!(await written(stdout, text))) return exitCode.completed;
  }
  if (shown === 0 && !json) {
    const what = index === undefined ? `job '${jobId}'` : `chunk ${index} of job '${jobId}'`;
    const why =
      total === 0
        ? 'they are kept while its spec says logs: true'
        : `other chunks have one; to see all: ${commandLine('logs', jobId)}`;
    stderr.write(`no log of ${what}: ${why}\n`);
  }
  return exitCode.completed;
}

function headOf({ run, index, attempt, outcome, at, isCut }: StoredLog): string {
  const ofRun = run > 1 ? `, run ${run}` : '';
  return `== chunk ${index}, attempt ${attempt}${ofRun}: ${outcome} ${formatTime(at)}${isCut ? ', the end of its output' : ''}`;
}
