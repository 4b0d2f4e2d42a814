import { resolve } from 'node:path';
import type { JobKind } from '../../index.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt } from '../../model/spec/job-spec.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import { ProcessWorkerAdapter } from '../../node/process/process-worker-adapter.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import type { CommandJob, CommandPace } from '../store/command-job.js';
import type { AttemptLogs } from './attempt-logs.js';
import { commandOutputs } from './command-outputs.js';
import { describedCommand } from './described-command.js';
import { withEnds } from './ended-attempt.js';
import type { JobLog } from './job-log.js';
import { mergeCommand } from './merge-command.js';

/** What the process that runs a job adds to what is stored of it. */
export interface CommandKindOptions {
  /** What comes before what is stored. */
  readonly overrides: CommandPace;
  readonly env: { readonly [name: string]: string | undefined };
  /** The stored outcomes, in the order of the chunks, no faster than they are read. */
  readonly outcomes: () => AsyncIterable<ChunkOutcome>;
  /** Takes what a merge writes for the user. */
  readonly onOutput: (bytes: Uint8Array) => Promise<void>;
  /** Told how many attempts run. */
  readonly onRunning: (running: number) => void;
  /** Gets a line for each attempt. */
  readonly jobLog?: JobLog | undefined;
  /** Keeps the output of attempts, where the job asks for it. */
  readonly logs: AttemptLogs;
}

/** The code that runs a job of commands, made from what is stored with it. */
export function commandKind(
  spec: StoredSpec,
  { work, pace }: CommandJob,
  options: CommandKindOptions,
): JobKind {
  const { cwd, inheritEnv = [], result = 'last-line', output, merge } = work;
  const { retry, logs: keepsLogs = false, ...rest } = { ...pace, ...options.overrides };
  const { jobLog } = options;
  const logs = keepsLogs ? options.logs : undefined;
  const describe = describedCommand(work);
  // What is stopped gets SIGKILL while it is still waited for.
  const killAfterMs = Math.min(5_000, (pace.stopGraceMs ?? 10_000) / 2);
  const inherited = inheritEnv.flatMap((name) => {
    const value = options.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const env = { ...Object.fromEntries(inherited), ...work.env };
  const outputTemplate = output === undefined ? undefined : new ArgumentTemplate(output);
  const outputOf = outputTemplate && ((task: ChunkTask): string => outputTemplate.fill(task, undefined));

  return {
    ...rest,
    onRunning: options.onRunning,
    retry: { ...pace.retry, ...retry },
    onReport: logs?.report,
    worker: withEnds(
      new ProcessWorkerAdapter<unknown, unknown>({
        command: work.command,
        cwd,
        env,
        killAfterMs,
        output: outputOf,
        result: result === 'json' ? 'last-line' : result,
        ...(result === 'json' && { parse: (line: string): unknown => JSON.parse(line) }),
      }),
      (attempt) => {
        logs?.end(attempt);
        jobLog?.add(attempt, describe(attempt.task));
      },
    ),
    merge:
      merge &&
      mergeCommand({
        ...merge,
        cwd,
        outputs: commandOutputs(spec),
        env,
        killAfterMs,
        onOutput: options.onOutput,
        lines: () =>
          outcomeLines(
            options.outcomes(),
            outputOf &&
              ((index) =>
                resolve(
                  cwd,
                  outputOf({ jobId: spec.id, index, chunk: chunkAt(spec.chunks, index) } as ChunkTask),
                )),
          ),
      }),
  };
}

/** The outcomes as a merge reads them: a line of JSON each, with the chunk's output file if there is one. */
async function* outcomeLines(
  outcomes: AsyncIterable<ChunkOutcome>,
  outputOf: ((index: number) => string) | undefined,
): AsyncGenerator<string> {
  for await (const outcome of outcomes) {
    const isMade = outputOf !== undefined && outcome.status === 'completed';
    yield `${JSON.stringify(isMade ? { ...outcome, output: outputOf(outcome.index) } : outcome)}\n`;
  }
}
