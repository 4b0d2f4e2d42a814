import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { CommandPace } from '../store/command-job.js';

/** What `--json` promises where a job is followed. */
export const jsonLines = 'write each snapshot as a line of JSON to stdout, and nothing else there';

/** The options of the commands that run a job. */
export interface PaceOptions {
  readonly concurrency?: number;
  readonly retries?: number;
  readonly json?: boolean;
}

/** Adds the options of the commands that run a job. */
export function withPaceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--concurrency <n>', 'run so many attempts at a time, this time').argParser(count(1)),
    )
    .addOption(
      new Option('--retries <n>', 'let so many attempts follow the first one, this time').argParser(count(0)),
    )
    .option('--json', jsonLines);
}

/** What the options say that comes before the spec. */
export function overridesOf({ concurrency, retries }: PaceOptions): CommandPace {
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(retries !== undefined && { retry: { retries } }),
  };
}

/** Takes an integer of `least` or more. */
export function count(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be an integer of ${least} or more.`);
  };
}
