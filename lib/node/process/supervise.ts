import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Options, ResultPromise } from 'execa';
import { guardExit } from './exit-guard.js';
import { Passage } from './passage.js';
import { ProcessGroup } from './process-group.js';
import type { ProcessOutput } from './process-output.js';
import type { ProcessPlan, StdoutTarget } from './process-plan.js';
import type { StartRefusal } from './start-refusal.js';
import { startRefusal } from './start-refusal.js';

/** How a process ended. */
export interface Ending {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** What execa makes of it. */
  readonly error: unknown;
  /** Why it did not start, if it did not. */
  readonly refusal?: StartRefusal | undefined;
  /** What the lines failed with that it was to read. */
  readonly inputFailure?: { readonly cause: unknown } | undefined;
}

/**
 * How long pipes may stay open when nobody of the group holds them any more, in ms: a process that left the
 * group can have kept them.
 */
const pipeGraceMs = 1_000;

/** Starts a process, and resolves when it and all that it started have ended. */
export async function supervise({
  execa,
  plan,
  output,
  stop,
}: {
  readonly execa: typeof import('execa').execa;
  readonly plan: ProcessPlan<unknown>;
  readonly output: ProcessOutput;
  readonly stop: AbortSignal;
}): Promise<Ending> {
  const { program, args, cwd, killAfterMs, file } = plan;
  const feed = new Feed(plan.input);
  let child: ResultPromise;
  try {
    child = execa(program, args, optionsOf(plan, feed));
  } catch (error) {
    // A NUL in an argument, for example.
    return notStarted(program, cwd, error);
  }
  const stderr = child.stderr!;
  output.readStderr(stderr);
  const passage = readStdout(child.stdout ?? undefined, plan.stdout, output);
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
    const { exitCode, signal } = await new Promise<Pick<Ending, 'exitCode' | 'signal'>>((resolve) => {
      child.once('exit', (code, by) => {
        resolve({ exitCode: code ?? undefined, signal: by ?? undefined });
      });
    });
    // What a successful process leaves behind may be about to finish, like the other end of a pipe.
    const isLeftAlone = exitCode === 0 && !stop.aborted;
    if (!isLeftAlone || !(await group.gone(killAfterMs))) await group.stop(killAfterMs);
    const error = await settle(child, passage, () => {
      passage?.cut();
      child.stdout?.destroy();
      stderr.destroy();
    });
    return { exitCode, signal, error, inputFailure: feed.failure };
  } finally {
    stop.removeEventListener('abort', stopGroup);
    release();
  }
}

function optionsOf({ cwd, env, file, stdout }: ProcessPlan<unknown>, feed: Feed): Options {
  return {
    env,
    extendEnv: false,
    detached: process.platform !== 'win32',
    buffer: false,
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(feed.input === undefined ? { stdin: 'ignore' } : { input: feed.input }),
    ...(stdout === 'file' && file !== undefined && { stdout: { file: file.temporaryPath } }),
  };
}

function readStdout(
  stdout: Readable | undefined,
  target: StdoutTarget,
  output: ProcessOutput,
): Passage | undefined {
  if (stdout === undefined || target === 'file') return undefined;
  if (target !== 'lines') return new Passage(stdout, target);
  output.readStdout(stdout);
  return undefined;
}

function notStarted(program: string, cwd: string | undefined, error: unknown): Ending {
  return { exitCode: undefined, signal: undefined, error, refusal: startRefusal(program, cwd, error) };
}

/** What execa says, once the pipes are closed, and all that was in them has been taken. */
async function settle(
  child: PromiseLike<unknown>,
  passage: Passage | undefined,
  closePipes: () => void,
): Promise<unknown> {
  const timer = new AbortController();
  const closing = sleepUntilIdle(passage, timer.signal).then(closePipes, () => undefined);
  const result = await child;
  await passage?.ended;
  timer.abort();
  await closing;
  return result;
}

async function sleepUntilIdle(passage: Passage | undefined, signal: AbortSignal): Promise<void> {
  do await sleep(pipeGraceMs, undefined, { signal });
  while (passage?.hasMoved() === true);
}

/** What a process reads from stdin. */
class Feed {
  readonly input: string | Uint8Array | Readable | undefined;
  failure: { readonly cause: unknown } | undefined = undefined;

  constructor(input: ProcessPlan<unknown>['input']) {
    const isText = input === undefined || typeof input === 'string' || input instanceof Uint8Array;
    this.input = isText ? input : Readable.from(this.#watched(input));
  }

  async *#watched(lines: AsyncIterable<string>): AsyncGenerator<string> {
    try {
      yield* lines;
    } catch (cause) {
      this.failure = { cause };
      throw cause;
    }
  }
}
