import { resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { EMPTY, mergeMap, of } from 'rxjs';
import { assertCount, assertFunction, assertMs } from '../../errors/assert-option.js';
import type { ChunkTask, WorkerAdapter } from '../../ports/worker-adapter.js';
import { ArgumentTemplate } from './argument-template.js';
import { OutputFile } from './output-file.js';
import { processEnvironment } from './process-environment.js';
import type { ProcessResult } from './process-output.js';
import type { ProcessPlan } from './process-run.js';
import { runProcess } from './process-run.js';
import { stoppable } from './stoppable.js';

/** Options of {@link ProcessWorkerAdapter}. */
export interface ProcessWorkerOptions<C = unknown, R = string> {
  /**
   * The program and its arguments. No shell is involved: an argument arrives as it stands here.
   *
   * In an array, `{index}`, `{attempt}`, `{jobId}`, `{chunk}`, `{chunk.<path>}`, `{start}` and `{end}` (of a
   * range) and `{output}` are replaced within their argument; strings as they are, everything else as JSON;
   * `{{` and `}}` stand for braces. The program itself is fixed. What a function returns is taken as it is;
   * its second argument is the path that `{output}` would be.
   *
   * A chunk that begins with `-` is still an option to the program: put `--` before it where that matters.
   */
  readonly command:
    readonly string[] | ((task: ChunkTask<C>, output: string | undefined) => readonly string[]);
  /**
   * The working directory.
   *
   * @defaultValue that of this process
   */
  readonly cwd?: string | undefined;
  /**
   * Variables for the process, besides those that it inherits. Sluice adds `SLUICE_JOB_ID`,
   * `SLUICE_CHUNK_INDEX`, `SLUICE_ATTEMPT`, `SLUICE_OUTPUT` and, up to 32 KiB, `SLUICE_CHUNK` (JSON).
   */
  readonly env?: { readonly [name: string]: string } | undefined;
  /**
   * The variables of this process that are handed on. All others stay here.
   *
   * @defaultValue `PATH`, `HOME`, `LANG`, `LC_ALL`, `TZ`, `TMPDIR`, and on Windows those that programs cannot
   * start without
   */
  readonly inheritEnv?: readonly string[] | undefined;
  /**
   * What the process reads from stdin: the way for chunks that are too big for an argument (128 KiB on
   * Linux).
   *
   * @defaultValue nothing: stdin is empty
   */
  readonly input?: ((task: ChunkTask<C>) => string | Uint8Array) | undefined;
  /**
   * What of stdout is the result. Where there is no line that is not empty, the attempt has no `'last-line'`
   * result.
   *
   * @defaultValue `'last-line'`
   */
  readonly result?: ProcessResult | undefined;
  /**
   * Makes the result of the text, for example `JSON.parse`. If it throws, or if there is no text, the attempt
   * has failed.
   *
   * @param text - the last line, or stdout without its last line break
   * @defaultValue the text itself
   */
  readonly parse?: ((text: string) => R) | undefined;
  /**
   * How long the result may be, in bytes: 1 or more. A process that writes more is stopped, and the attempt
   * has failed. Output that is not part of the result has no limit and is not kept.
   *
   * @defaultValue 1_048_576
   */
  readonly maxOutputBytes?: number | undefined;
  /**
   * The file that the process makes, relative to `cwd`. The process writes to another path, `{output}`; the
   * file gets its name when the exit code is 0, and is removed otherwise. Missing folders are made.
   *
   * @defaultValue none
   */
  readonly output?: ((task: ChunkTask<C>) => string) | undefined;
  /**
   * How long the processes have between SIGTERM and SIGKILL, in ms: 0 or more. Keep it below `stopGraceMs` of
   * the job.
   *
   * @defaultValue 5_000
   */
  readonly killAfterMs?: number | undefined;
}

/**
 * Runs each attempt as a process.
 *
 * @remarks
 * Needs the package `execa`. The process gets a group of its own, so that Ctrl-C does not reach it. Stopping
 * an attempt sends SIGTERM to the whole group and SIGKILL after `killAfterMs`; the attempt has ended when the
 * group is empty. What a process leaves running when it ends by itself is given `killAfterMs` to end and is
 * then stopped the same way. When this process exits, or is ended by a signal that nothing handles, its
 * groups are killed; SIGKILL of this process leaves them running. A process that leaves its group (`setsid`)
 * is out of reach.
 *
 * Every line of stdout and stderr is reported (`{ message, stream }`). Only exit code 0 is a success;
 * anything else, also an end by a signal or a program that cannot be started, is a `PROCESS_FAILED` error
 * with the last lines of stderr and the error of execa as its cause. Memory is bounded by `maxOutputBytes`.
 * On Windows the tree is ended by `taskkill`, without SIGTERM.
 *
 * @example One ffmpeg a segment
 * ```ts
 * import { range } from 'sluice';
 * import type { RangeChunk } from 'sluice';
 * import { ProcessWorkerAdapter } from 'sluice/node';
 *
 * export const segments = new ProcessWorkerAdapter<RangeChunk>({
 *   command: ['ffmpeg', '-nostdin', '-ss', '{start}', '-to', '{end}', '-i', 'in.mp4', '{output}'],
 *   output: ({ index }) => `segments/${index}.mp4`,
 *   result: 'none',
 * });
 * export const spec = { kind: 'segments', chunks: range(600, 10) };
 * ```
 *
 * @example A result from JSON
 * ```ts
 * import { ProcessWorkerAdapter } from 'sluice/node';
 *
 * export const counts = new ProcessWorkerAdapter<string, { rows: number }>({
 *   command: ['python3', 'count.py', '--', '{chunk}'],
 *   parse: (line) => JSON.parse(line) as { rows: number },
 * });
 * ```
 *
 * @typeParam C - a chunk
 * @typeParam R - a result: a string, unless `parse` makes something else of it
 */
export class ProcessWorkerAdapter<C = unknown, R = string> implements WorkerAdapter<C, R> {
  readonly #plan: (task: ChunkTask<C>) => ProcessPlan<R>;

  /**
   * @param options - see {@link ProcessWorkerOptions}
   * @throws RangeError for a placeholder that does not exist, or a number out of its range
   * @throws TypeError for an option of another type
   */
  constructor(options: ProcessWorkerOptions<C, R>) {
    const {
      command,
      cwd,
      env,
      inheritEnv,
      input,
      output,
      result = 'last-line',
      parse,
      maxOutputBytes = 1_048_576,
      killAfterMs = 5_000,
    } = options;
    const call = 'run processes';
    assertCount(call, 'maxOutputBytes', maxOutputBytes, 1);
    assertMs(call, 'killAfterMs', killAfterMs);
    for (const [name, value] of Object.entries({ input, output, parse }))
      if (value !== undefined) assertFunction(call, name, value);
    if (!['last-line', 'stdout', 'none'].includes(result)) {
      throw new RangeError(
        `Cannot run processes: 'result' must be 'last-line', 'stdout' or 'none', received '${String(result)}'`,
      );
    }
    if (result === 'none' && parse !== undefined)
      throw new TypeError("Cannot run processes: 'parse' must come with a result, received result 'none'");
    const argv = typeof command === 'function' ? command : templateCommand(command, output !== undefined);

    this.#plan = (task) => {
      const file = output && new OutputFile(resolve(cwd ?? '.', output(task)), task);
      const [program, ...args] = argv(task, file?.temporaryPath);
      if (typeof program !== 'string' || program === '') {
        throw new TypeError(
          `Cannot run processes: 'command' must begin with a program, received ${JSON.stringify(program) ?? 'nothing'}`,
        );
      }
      return {
        program,
        args,
        cwd,
        env: processEnvironment(task, { env, inheritEnv, output: file?.temporaryPath }),
        input: input?.(task),
        result,
        parse,
        maxOutputBytes,
        killAfterMs,
        file,
      };
    };
  }

  /**
   * Starts the process when it is subscribed to; unsubscribing stops the whole tree.
   *
   * @param task - the attempt
   * @returns at most one value, then completes
   * @throws RangeError if the chunk does not have what a placeholder names
   */
  execute(task: ChunkTask<C>): Observable<R> {
    const plan = this.#plan(task);
    return stoppable(task, (stop) => runProcess(plan, task, stop)).pipe(
      mergeMap((result) => (result === undefined ? EMPTY : of(result.value))),
    );
  }
}

function templateCommand(
  command: readonly string[],
  hasOutput: boolean,
): (task: ChunkTask, output: string | undefined) => readonly string[] {
  if (
    !Array.isArray(command) ||
    command.length === 0 ||
    !command.every((argument) => typeof argument === 'string')
  ) {
    throw new TypeError(
      `Cannot run processes: 'command' must be a program and its arguments, received ${JSON.stringify(command) ?? 'undefined'}`,
    );
  }
  const templates = command.map((argument) => new ArgumentTemplate(argument));
  if (templates[0]?.has() === true) {
    throw new RangeError(`Cannot run processes: the program must be fixed, received '${String(command[0])}'`);
  }
  if (!hasOutput && templates.some((template) => template.has('output'))) {
    throw new RangeError("Cannot run processes: {output} must come with the option 'output', received none");
  }
  return (task, output) => templates.map((template) => template.fill(task, output));
}
