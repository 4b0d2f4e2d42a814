import type { Command } from 'commander';
import { Option } from 'commander';

/** How progress is shown. */
export const progressModes = ['auto', 'bar', 'plain', 'json', 'none'] as const;

/** How progress is shown. */
export type ProgressMode = (typeof progressModes)[number];

/** The options of the commands that follow a job. */
export interface ProgressOptions {
  readonly json?: boolean;
  readonly progress?: ProgressMode;
}

/** Adds the options of the commands that follow a job. */
export function withProgressOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--progress <mode>', 'how progress is shown (default: auto)').choices(progressModes),
    )
    .option('--json', 'write each snapshot as a line of JSON to stdout, and nothing else there');
}
