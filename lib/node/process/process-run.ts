import { ProcessFailedError } from '../../errors/process-failed-error.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { loadExeca } from './load-execa.js';
import type { ProcessPlan } from './process-plan.js';
import { ProcessOutput } from './process-output.js';
import type { Ending } from './supervise.js';
import { supervise } from './supervise.js';

/**
 * Runs one process and all that it starts. Settles when nothing of it runs any more, and nothing half-written
 * is left.
 *
 * @param plan - what is run
 * @param task - the attempt
 * @param stop - stops it; then there is no result
 * @returns the result, or `undefined` if there is none
 * @throws ProcessFailedError
 */
export async function runProcess<R>(
  plan: ProcessPlan<R>,
  task: ChunkTask,
  stop: AbortSignal,
): Promise<{ readonly value: R } | undefined> {
  const { file } = plan;
  const { execa } = await loadExeca();
  if (stop.aborted) return undefined;
  try {
    await file?.prepare();
    if (stop.aborted) return undefined;
    const tooLong = new AbortController();
    const output = new ProcessOutput({
      result: plan.result,
      maxBytes: plan.maxOutputBytes,
      task,
      onTooLong: () => {
        tooLong.abort();
      },
    });
    const ending = await supervise({ execa, plan, output, stop: AbortSignal.any([stop, tooLong.signal]) });
    if (stop.aborted) return undefined;
    const result = resultOf(plan, output, ending);
    await publish(plan, output, ending);
    return result;
  } finally {
    await file?.discard();
  }
}

function resultOf<R>(
  { program, maxOutputBytes, result, parse }: ProcessPlan<R>,
  output: ProcessOutput,
  ending: Ending,
): { readonly value: R } | undefined {
  const fail = (problem: string | undefined, cause: unknown): ProcessFailedError =>
    failure(program, output, ending, problem, cause);
  if (ending.refusal !== undefined) throw failure(program, output, ending, undefined, ending.error);
  if (output.isTooLong) throw fail(`wrote a result of more than ${maxOutputBytes} bytes`, ending.error);
  if (ending.exitCode !== 0) throw fail(undefined, ending.error);
  if (ending.inputFailure !== undefined)
    throw fail('could not be given its input', ending.inputFailure.cause);
  if (result === 'none') return undefined;
  if (!output.isText)
    throw fail("wrote a result that is not UTF-8: bytes belong into a file (the option 'output')", undefined);
  const { text } = output;
  if (parse === undefined) return text === undefined ? undefined : { value: text as R };
  if (text === undefined) throw fail('wrote no line to stdout', undefined);
  try {
    return { value: parse(text) };
  } catch (cause) {
    throw fail('wrote a result that cannot be parsed', cause);
  }
}

async function publish(
  { program, file }: ProcessPlan<unknown>,
  output: ProcessOutput,
  ending: Ending,
): Promise<void> {
  try {
    await file?.publish();
  } catch (cause) {
    throw failure(program, output, ending, 'left no output file that could be published', cause);
  }
}

function failure(
  program: string,
  output: ProcessOutput,
  { exitCode, signal, refusal }: Ending,
  problem: string | undefined,
  cause: unknown,
): ProcessFailedError {
  return new ProcessFailedError(
    {
      command: program,
      exitCode,
      signal,
      output: output.tail,
      problem,
      refusal: refusal?.reason,
      permanent: refusal?.permanent,
    },
    cause === undefined ? undefined : { cause },
  );
}
