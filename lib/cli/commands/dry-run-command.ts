import { hasIndex } from '../../model/index-ranges.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import { firstDifference } from '../../model/spec/spec-difference.js';
import type { ChunkTask, StoredJob } from '../../index.js';
import type { CliContext } from '../cli-context.js';
import type { PaceOptions } from '../command-line/pace-options.js';
import { overridesOf } from '../command-line/pace-options.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';
import { textTable } from '../output/text-table.js';
import { describedCommand } from '../running/described-command.js';
import type { SpecFile } from '../spec-file/spec-file.js';
import type { CommandPace } from '../store/command-job.js';
import { jobActivity } from '../store/job-activity.js';
import { storedCommandJob, withStoredPace } from '../store/stored-command-job.js';

const shownCommands = 5;

/** What `sluice run` would do. */
interface Plan {
  readonly id: string;
  /** What is stored of the job, in words. */
  readonly state: string;
  /** What `run` would do, in words. */
  readonly verdict: string;
  /** How many chunks would run. */
  readonly runs: number;
  /** How many are completed, and stay so. */
  readonly kept: number;
  readonly totalChunks: number;
  /** Where the spec or the pace is not as it is stored. */
  readonly differences: readonly string[];
  readonly commands: readonly {
    readonly index: number;
    readonly attempt: number;
    readonly command: string;
  }[];
  readonly exitCode: number;
}

/**
 * `sluice run --dry-run SPEC`: says what would run, what is kept, and why. Writes nothing.
 *
 * @returns the exit code: of a `run` that is refused, or 0
 */
export async function dryRunCommand(
  context: CliContext,
  path: string,
  file: SpecFile,
  options: PaceOptions & { readonly fresh?: boolean },
): Promise<number> {
  const { stdout } = context.io;
  const stored = options.fresh === true ? undefined : await context.store.repository.load(file.spec.id);
  const plan = await planOf(context, path, file, stored, options);
  if (options.json === true) {
    stdout.write(`${jsonText(plan, 2)}\n`);
    return plan.exitCode;
  }
  const { id, state, verdict, runs, kept, totalChunks, differences, commands } = plan;
  stdout.write(
    textTable([
      ['job', `${id}: ${state}`],
      ['runs', `${runs} of ${totalChunks} chunks`],
      ['kept', `${kept} completed`],
      ...differences.map((difference) => ['differs', difference]),
      ['then', verdict],
    ]),
  );
  for (const { index, attempt, command } of commands)
    stdout.write(oneLine(`chunk ${index}, attempt ${attempt}: ${command}`) + '\n');
  if (runs > commands.length && commands.length > 0) stdout.write(`and ${runs - commands.length} more\n`);
  return plan.exitCode;
}

async function planOf(
  context: CliContext,
  path: string,
  { spec, job }: SpecFile,
  stored: StoredJob | undefined,
  options: PaceOptions,
): Promise<Plan> {
  const totalChunks = chunkCount(spec.chunks);
  const difference =
    stored && firstDifference(plainSpec(stored.spec), plainSpec(withStoredPace(spec, stored)), 'spec');
  const paces = stored && storedCommandJob(stored.spec.metadata);
  const differences = [
    ...(difference === undefined ? [] : [`${difference.path} ${difference.difference}`]),
    ...(paces === undefined ? [] : paceDifferences(paces.pace, { ...job.pace, ...overridesOf(options) })),
  ];
  const { verdict, refusal, runs } = await verdictOf(
    context,
    path,
    stored,
    difference !== undefined,
    totalChunks,
  );
  const kept = stored?.snapshot.completedChunks ?? 0;
  return {
    id: spec.id,
    state:
      stored === undefined ? 'not stored' : `stored, ${stored.snapshot.state} at ${kept} of ${totalChunks}`,
    verdict,
    runs,
    kept,
    totalChunks,
    differences,
    commands: runs === 0 ? [] : firstCommands(spec, job, stored?.snapshot),
    exitCode: refusal,
  };
}

async function verdictOf(
  { store, commandLine }: CliContext,
  path: string,
  stored: StoredJob | undefined,
  differs: boolean,
  totalChunks: number,
): Promise<{ readonly verdict: string; readonly refusal: number; readonly runs: number }> {
  const fresh = `to begin it anew: ${commandLine('run', path, '--fresh')}`;
  if (stored === undefined) return { verdict: 'it begins', refusal: exitCode.completed, runs: totalChunks };
  const { snapshot } = stored;
  const { id, state, completedChunks, failedChunks } = snapshot;
  const left = totalChunks - completedChunks;
  if (differs)
    return { verdict: `refused: it is stored with another spec; ${fresh}`, refusal: exitCode.usage, runs: 0 };
  if (isTerminal(state)) {
    const again =
      state === 'cancelled' || left === 0 ? fresh : `to run what is left: ${commandLine('redrive', id)}`;
    return { verdict: `nothing runs: it is ${state}; ${again}`, refusal: exitCode[state], runs: 0 };
  }
  const { owner } = await jobActivity(store, snapshot);
  if (owner !== undefined)
    return { verdict: `refused: it is owned by ${owner}`, refusal: exitCode.owned, runs: 0 };
  return { verdict: 'it goes on', refusal: exitCode.completed, runs: left - failedChunks };
}

/** The specs alone: ranges as their numbers. */
function plainSpec({ kind, chunks, metadata }: SpecFile['spec']): object {
  return { kind, chunks, metadata };
}

function paceDifferences(stored: CommandPace, now: CommandPace): readonly string[] {
  const names = Object.keys({ ...stored, ...now }) as (keyof CommandPace)[];
  return names.flatMap((name) => {
    const [before, after] = [stored[name], now[name]].map((value) => JSON.stringify(value) ?? 'the default');
    return before === after ? [] : [`${name} was ${before}, and is ${after} this time`];
  });
}

/** Those that wait for another attempt go first, then the others in order. */
function firstCommands(
  spec: SpecFile['spec'],
  job: SpecFile['job'],
  snapshot: JobSnapshot | undefined,
): Plan['commands'] {
  const describe = describedCommand(job.work);
  const retrying = snapshot?.retrying ?? [];
  const begun = new Set(retrying.map(({ index }) => index));
  const next = retrying.map(({ index, attempt }) => ({ index, attempt })).slice(0, shownCommands);
  for (let index = 0; index < chunkCount(spec.chunks) && next.length < shownCommands; index++) {
    const isDone = snapshot && (hasIndex(snapshot.completed, index) || hasIndex(snapshot.failed, index));
    if (isDone !== true && !begun.has(index)) next.push({ index, attempt: 1 });
  }
  return next.map(({ index, attempt }) => ({
    index,
    attempt,
    command: describe({ jobId: spec.id, index, attempt, chunk: chunkAt(spec.chunks, index) } as ChunkTask),
  }));
}
