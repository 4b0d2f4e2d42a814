import { dirname, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { EMPTY, mergeMap, of } from 'rxjs';
import { assertCount, assertFunction, assertMs } from '../../errors/assert-option.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import type { ChunkTask, WorkerAdapter } from '../../ports/worker-adapter.js';
import { ArgumentTemplate } from './argument-template.js';
import { HelperSweep } from './helper-sweep.js';
import { JobOutputs } from './job-outputs.js';
import { OutputFile } from './output-file.js';
import { helperWriter } from './output-helper.js';
import { processEnvironment } from './process-environment.js';
import type { ProcessWorkerOptions } from './process-worker-options.js';
import type { ProcessPlan } from './process-plan.js';
import { runProcess } from './process-run.js';
import { stoppable } from './stoppable.js';

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
  readonly #plan: (task: ChunkTask<C>) => Promise<ProcessPlan<R>>;
  readonly #outputPath: ((task: ChunkTask<C>) => string) | undefined;
  readonly #sweep = new HelperSweep();

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

    const outputPath = output && ((task: ChunkTask<C>) => resolve(cwd ?? '.', output(task)));
    this.#outputPath = outputPath;
    this.#plan = async (task) => {
      const path = outputPath?.(task);
      const file = path === undefined ? undefined : new OutputFile(path, task, await helperWriter());
      if (path !== undefined) await this.#sweep.once(dirname(path), task.jobId);
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
        stdout: 'lines',
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
   * It errors with a RangeError if the chunk does not have what a placeholder names.
   */
  execute(task: ChunkTask<C>): Observable<R> {
    return stoppable(task, async (stop) => runProcess(await this.#plan(task), task, stop)).pipe(
      mergeMap((result) => (result === undefined ? EMPTY : of(result.value))),
    );
  }

  /**
   * The output files of a job, to be checked before it runs, before its merge, and when it is gone on with.
   *
   * @param spec - the job
   * @throws TypeError if the option `output` was not given
   */
  outputs(spec: StoredSpec<C>): JobOutputs {
    const outputPath = this.#outputPath;
    if (!outputPath)
      throw new TypeError("Cannot look at outputs: the worker must have the option 'output', received none");
    const { id: jobId, chunks } = spec;
    return new JobOutputs(jobId, chunkCount(chunks), (index) =>
      outputPath({ jobId, index, attempt: 1, chunk: chunkAt(chunks, index) } as ChunkTask<C>),
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
