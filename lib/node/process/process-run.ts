import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options, ResultPromise } from 'execa';
import { ProcessFailedError } from '../../errors/process-failed-error.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { guardExit } from './exit-guard.js';
import { loadExeca } from './load-execa.js';
import type { OutputFile } from './output-file.js';
import { ProcessGroup } from './process-group.js';
import type { StartRefusal } from './start-refusal.js';
import { startRefusal } from './start-refusal.js';
import type { ProcessResult } from './process-output.js';
import { ProcessOutput } from './process-output.js';

/** All that is needed to run one attempt as a process. */
export interface ProcessPlan<R> {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Record<string, string>;
  readonly input: string | Uint8Array | undefined;
  readonly result: ProcessResult;
  readonly parse: ((text: string) => R) | undefined;
  readonly maxOutputBytes: number;
  readonly killAfterMs: number;
  readonly file: OutputFile | undefined;
}

/** How a process ended. */
interface Ending {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** What execa makes of it. */
  readonly error: unknown;
  /** Why it did not start, if it did not. */
  readonly refusal?: StartRefusal | undefined;
}

/**
 * How long pipes may stay open when nobody of the group holds them any more, in ms: a process that left the
 * group can have kept them.
 */
const pipeGraceMs = 1_000;

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

/** Starts the process, and resolves when it and all that it started have ended. */
async function supervise({
  execa,
  plan,
  output,
  stop,
}: {
  readonly execa: typeof import('execa').execa;
  readonly plan: Pick<
    ProcessPlan<unknown>,
    'program' | 'args' | 'cwd' | 'env' | 'input' | 'killAfterMs' | 'file'
  >;
  readonly output: ProcessOutput;
  readonly stop: AbortSignal;
}): Promise<Ending> {
  const { program, args, cwd, env, input, killAfterMs, file } = plan;
  const options = {
    env,
    extendEnv: false,
    detached: process.platform !== 'win32',
    buffer: false,
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  } as const satisfies Options;
  let child: ResultPromise<typeof options>;
  try {
    child = execa(program, args, options);
  } catch (error) {
    // A NUL in an argument, for example.
    return notStarted(program, cwd, error);
  }
  output.readStdout(child.stdout);
  output.readStderr(child.stderr);
  const { pid } = child;
  if (pid === undefined) return notStarted(program, cwd, await child);

  const group = new ProcessGroup(pid, (leader) =>
    execa('taskkill', ['/pid', String(leader), '/T', '/F'], { reject: false }),
  );
  const release = guardExit({ group, file: file?.temporaryPath });
  const stopGroup = (): void => {
    void group.stop(killAfterMs);
  };
  stop.addEventListener('abort', stopGroup, { once: true });
  try {
    const { exitCode, signal } = await new Promise<Omit<Ending, 'error' | 'refusal'>>((resolve) => {
      child.once('exit', (code, by) => {
        resolve({ exitCode: code ?? undefined, signal: by ?? undefined });
      });
    });
    // What a successful process leaves behind may be about to finish, like the other end of a pipe.
    const isLeftAlone = exitCode === 0 && !stop.aborted;
    if (!isLeftAlone || !(await group.gone(killAfterMs))) await group.stop(killAfterMs);
    return { exitCode, signal, error: await settle(child) };
  } finally {
    stop.removeEventListener('abort', stopGroup);
    release();
  }
}

function notStarted(program: string, cwd: string | undefined, error: unknown): Ending {
  return { exitCode: undefined, signal: undefined, error, refusal: startRefusal(program, cwd, error) };
}

/** What execa says, once the pipes are closed, if need be by us. */
async function settle(
  child: PromiseLike<unknown> & { readonly stdout: Readable; readonly stderr: Readable },
): Promise<unknown> {
  const timer = new AbortController();
  const closePipes = sleep(pipeGraceMs, undefined, { signal: timer.signal }).then(
    () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    () => undefined,
  );
  const result = await child;
  timer.abort();
  await closePipes;
  return result;
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
