import { dirname } from 'node:path';
import type { JobMerge, MergeTask } from '../../index.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import type { JobOutputs } from '../../node/process/job-outputs.js';
import { OutputFile } from '../../node/process/output-file.js';
import { helperWriter, removeHelpers } from '../../node/process/output-helper.js';
import { processEnvironment } from '../../node/process/process-environment.js';
import type { ProcessPlan } from '../../node/process/process-plan.js';
import { runProcess } from '../../node/process/process-run.js';
import { stoppable } from '../../node/process/stoppable.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { mergedFile } from './merged-file.js';

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
  const { command, cwd, env, killAfterMs, lines, onOutput } = options;
  // A merge has no chunk; templates and files are filled for tasks that have one.
  const asTask = {
    jobId: task.jobId,
    index: -1,
    attempt: 1,
    chunk: null,
    report: task.report,
  } as unknown as ChunkTask;
  const path = options.output === undefined ? undefined : mergedFile(options.output, task.jobId, cwd);
  const file = path === undefined ? undefined : new OutputFile(path, asTask, await helperWriter());
  const templates = command.map((argument) => new ArgumentTemplate(argument));
  const writesItself = templates.some((template) => template.has('output'));
  const [program, ...args] = templates.map((template) => template.fill(asTask, file?.temporaryPath));

  await options.outputs?.assertThere(task.snapshot);
  if (path !== undefined) await removeHelpers(dirname(path), task.jobId);
  const plan: ProcessPlan<never> = {
    program: program!,
    args,
    cwd,
    env: variablesOf(
      task,
      processEnvironment(asTask, { env, inheritEnv: undefined, output: file?.temporaryPath }),
    ),
    input: lines(),
    stdout: file !== undefined && !writesItself ? 'file' : onOutput,
    result: 'none',
    parse: undefined,
    maxOutputBytes: 1,
    killAfterMs,
    file,
  };
  await runProcess(plan, asTask, stop);
}

/** Those of a process, without those of a chunk. */
function variablesOf({ snapshot }: MergeTask, variables: Record<string, string>): Record<string, string> {
  const { SLUICE_CHUNK: _, SLUICE_CHUNK_INDEX: __, SLUICE_ATTEMPT: ___, ...ofMerge } = variables;
  // When this process is killed, the merge sees its input end early. The number of chunks lets it tell that
  // from all of it.
  return { ...ofMerge, SLUICE_TOTAL_CHUNKS: String(snapshot.totalChunks) };
}
