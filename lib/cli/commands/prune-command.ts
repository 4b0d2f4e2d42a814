import type { TerminalState } from '../../model/job-state.js';
import { isTerminal } from '../../model/job-state.js';
import { commandOutputs } from '../running/command-outputs.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';

/** The options of `sluice prune`. */
export interface PruneOptions {
  /** How long ago a job must have ended, in ms. */
  readonly olderThan: number;
  readonly state?: readonly TerminalState[];
  readonly json?: boolean;
}

/**
 * `sluice prune`: deletes the jobs that ended a while ago, and writes their ids.
 *
 * @returns the exit code
 * @throws the first error of a job that could not be read or deleted, after the others have been
 */
export async function pruneCommand(
  { io, store }: CliContext,
  { olderThan, state: states, json = false }: PruneOptions,
): Promise<number> {
  const { repository } = store;
  const before = Date.now() - olderThan;
  const pruned: string[] = [];
  const failures: unknown[] = [];
  // Not `JobManager.prune`: the ids are to be known also where it fails in the end.
  try {
    for await (const { id, state, finishedAt } of repository.list()) {
      if (
        !isTerminal(state) ||
        finishedAt === null ||
        finishedAt > before ||
        states?.includes(state) === false
      )
        continue;
      try {
        const job = await store.look(id);
        await repository.delete(id);
        if (job !== undefined && job !== 'damaged') await commandOutputs(job.spec)?.removeHelpers();
        pruned.push(id);
        if (!json) io.stdout.write(`${id}\n`);
      } catch (error) {
        failures.push(error);
      }
    }
  } catch (error) {
    failures.push(error);
  }
  if (json) io.stdout.write(`${jsonText(pruned, 2)}\n`);
  if (failures.length > 0) throw failures[0];
  if (pruned.length === 0) io.stderr.write(`no job to prune in ${store.directory}\n`);
  return exitCode.completed;
}
