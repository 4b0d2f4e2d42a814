import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandPace } from '../store/command-job.js';
import { count } from './count.js';
import type { ProgressOptions } from './progress-options.js';
import { withProgressOptions } from './progress-options.js';

/** The options of the commands that run a job. */
export interface PaceOptions extends ProgressOptions {
  readonly concurrency?: number;
  readonly retries?: number;
  /** A file that gets a line for each attempt. */
  readonly joblog?: string;
}

/** Adds the options of the commands that run a job. */
export function withPaceOptions(command: Command): Command {
  command
    .addOption(
      new Option('--concurrency <n>', 'run so many attempts at a time, this time').argParser(count(1)),
    )
    .addOption(
      new Option('--retries <n>', 'let so many attempts follow the first one, this time').argParser(count(0)),
    );
  command.option('--joblog <file>', 'write a line of tab-separated values for each attempt into this file');
  return withProgressOptions(command);
}

/** What the options say that comes before the spec. */
export function overridesOf({ concurrency, retries }: PaceOptions): CommandPace {
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(retries !== undefined && { retry: { retries } }),
  };
}
