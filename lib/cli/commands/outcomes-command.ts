import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';
import { showError } from '../output/show-error.js';
import { written } from '../output/written.js';

/** The options of `sluice outcomes`. */
export interface OutcomesOptions {
  readonly failed?: boolean;
  readonly run?: number;
  readonly json?: boolean;
}

/**
 * `sluice outcomes ID`: the results and errors of its chunks, a line each, in the order of the chunks.
 *
 * @returns the exit code
 */
export async function outcomesCommand(
  { io: { stdout, stderr }, store: { repository } }: CliContext,
  jobId: string,
  { failed = false, run, json = false }: OutcomesOptions,
): Promise<number> {
  const stored = await repository.load(jobId);
  if (stored === undefined) throw new JobNotFoundError({ jobId });
  const { snapshot } = stored;
  if (run !== undefined && run > snapshot.run)
    throw new CliError(
      exitCode.usage,
      `Cannot show outcomes of job '${jobId}': --run must be one of its ${snapshot.run} runs, received ${run}`,
    );
  const width = String(Math.max(0, snapshot.totalChunks - 1)).length;
  let count = 0;
  for await (const outcome of repository.outcomes(jobId, { run })) {
    if (failed && outcome.status !== 'failed') continue;
    count += 1;
    const line = json ? jsonText(outcome) : lineOf(outcome, width);
    if (!(await written(stdout, `${line}\n`))) return exitCode.completed;
  }
  if (count === 0 && !json)
    stderr.write(`${failed ? 'no chunk has failed' : 'no chunk has an outcome'} in job '${jobId}'\n`);
  return exitCode.completed;
}

function lineOf(outcome: ChunkOutcome, width: number): string {
  const start = `${String(outcome.index).padStart(width)}  ${outcome.status.padEnd(9)}  attempt ${outcome.attempt}`;
  if (outcome.status === 'failed') return `${start}  ${showError(outcome.error)}`;
  if (outcome.result === undefined) return start;
  return `${start}  ${oneLine(typeof outcome.result === 'string' ? outcome.result : JSON.stringify(outcome.result))}`;
}
