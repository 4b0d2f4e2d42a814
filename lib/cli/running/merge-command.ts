import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Options } from 'execa';
import { execa } from 'execa';
import { ProcessFailedError } from '../../errors/process-failed-error.js';
import type { JobMerge, MergeTask } from '../../index.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import { guardExit } from '../../node/process/exit-guard.js';
import type { JobOutputs } from '../../node/process/job-outputs.js';
import { OutputFile } from '../../node/process/output-file.js';
import { helperWriter, removeHelpers } from '../../node/process/output-helper.js';
import { processEnvironment } from '../../node/process/process-environment.js';
import { ProcessGroup } from '../../node/process/process-group.js';
import { ProcessOutput } from '../../node/process/process-output.js';
import { stoppable } from '../../node/process/stoppable.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';

/** How outcomes are merged by a process. */
export interface MergeCommandOptions {
  /** The program and its arguments; `{jobId}` and `{output}` are replaced. */
  readonly command: readonly string[];
  /**
   * The file that is made, relative to `cwd`: by the program, if one of its arguments holds `{output}`, else
   * of what it writes to stdout.
   */
  readonly output?: string | undefined;
  readonly cwd: string;
  /** Those of the chunks: none of them may be missing. */
  readonly outputs: JobOutputs | undefined;
  readonly env: { readonly [name: string]: string };
  /** In ms. */
  readonly killAfterMs: number;
  /** What the process reads from stdin, no faster than it does. */
  readonly lines: () => AsyncIterable<string>;
  /** Takes stdout where it is not the file. */
  readonly onOutput: (bytes: Uint8Array) => Promise<void>;
}

/**
 * Merges by a process that reads the outcomes from stdin. Its file appears when it has ended with exit code
 * 0, or not at all.
 */
export function mergeCommand(options: MergeCommandOptions): JobMerge {
  return (task) => stoppable(task, (stop) => runMerge(options, task, stop));
}

async function runMerge(options: MergeCommandOptions, task: MergeTask, stop: AbortSignal): Promise<void> {
  const { command, cwd, env } = options;
  // A merge has no chunk; templates and files are filled for tasks that have one.
  const asTask = {
    jobId: task.jobId,
    index: -1,
    attempt: 1,
    chunk: null,
    report: task.report,
  } as unknown as ChunkTask;
  const path =
    options.output === undefined
      ? undefined
      : resolve(cwd, new ArgumentTemplate(options.output).fill(asTask, undefined));
  const file = path === undefined ? undefined : new OutputFile(path, asTask, await helperWriter());
  const templates = command.map((argument) => new ArgumentTemplate(argument));
  const writesItself = templates.some((template) => template.has('output'));
  const [program, ...args] = templates.map((template) => template.fill(asTask, file?.temporaryPath));
  const {
    SLUICE_CHUNK: _,
    SLUICE_CHUNK_INDEX: __,
    SLUICE_ATTEMPT: ___,
    ...variables
  } = processEnvironment(asTask, { env, inheritEnv: undefined, output: file?.temporaryPath });

  // When this process is killed, the merge sees its input end early. The number of chunks lets it tell that
  // from all of it.
  variables.SLUICE_TOTAL_CHUNKS = String(task.snapshot.totalChunks);

  await options.outputs?.assertThere(task.snapshot);
  if (path !== undefined) await removeHelpers(dirname(path), task.jobId);
  await file?.prepare();
  try {
    if (stop.aborted) return;
    await runProcess({
      ...options,
      program: program!,
      args,
      variables,
      task: asTask,
      file: file?.temporaryPath,
      writesItself,
      stop,
    });
    if (!stop.aborted) await file?.publish();
  } finally {
    await file?.discard();
  }
}

async function runProcess({
  program,
  args,
  variables,
  cwd,
  task,
  file,
  writesItself,
  stop,
  killAfterMs,
  lines,
  onOutput,
}: Pick<MergeCommandOptions, 'cwd' | 'killAfterMs' | 'lines' | 'onOutput'> & {
  readonly program: string;
  readonly args: readonly string[];
  readonly variables: Record<string, string>;
  readonly task: ChunkTask;
  /** What is made; removed if this process exits meanwhile. */
  readonly file: string | undefined;
  /** Whether the program opens the file, and stdout is something else. */
  readonly writesItself: boolean;
  readonly stop: AbortSignal;
}): Promise<void> {
  const output = new ProcessOutput({ result: 'none', maxBytes: 1, task, onTooLong: () => undefined });
  const isFile = file !== undefined && !writesItself;
  const child = execa(program, args, {
    cwd,
    env: variables,
    extendEnv: false,
    detached: process.platform !== 'win32',
    input: Readable.from(lines()),
    stdout: isFile ? { file } : 'pipe',
    buffer: false,
    reject: false,
  } satisfies Options);
  const { pid } = child;
  const group =
    pid === undefined
      ? undefined
      : new ProcessGroup(pid, (leader) =>
          execa('taskkill', ['/pid', String(leader), '/T', '/F'], { reject: false }),
        );
  const release = group === undefined ? () => undefined : guardExit({ group, file });
  const stopGroup = (): void => {
    void group?.stop(killAfterMs);
  };
  stop.addEventListener('abort', stopGroup, { once: true });
  try {
    output.readStderr(child.stderr);
    const passed = isFile ? undefined : passOn(child.stdout, onOutput);
    const { failed, exitCode, signal, cause, message } = await child;
    await passed;
    // What it has started and left running writes where nobody reads any more.
    if (!((await group?.gone(0)) ?? true)) await group?.stop(killAfterMs);
    if (stop.aborted || !failed) return;
    const failure = {
      command: program,
      exitCode,
      signal,
      output: output.tail,
      ...(exitCode === 0 && { problem: 'could not be given the outcomes' }),
    };
    throw new ProcessFailedError(failure, { cause: cause ?? new Error(message) });
  } finally {
    stop.removeEventListener('abort', stopGroup);
    release();
  }
}

async function passOn(stdout: Readable, onOutput: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  for await (const bytes of stdout) await onOutput(bytes as Uint8Array);
}
