import { Option } from 'commander';
import type { CommandLine } from './command-line.js';
import { count } from './count.js';
import { integer } from './integer.js';
import { withPaceOptions } from './pace-options.js';
import { withProgressOptions } from './progress-options.js';

const jsonSnapshot = 'write the snapshot of the stored job as a JSON object';

/** Adds the commands that run a job, or follow one. */
export function addRunningCommands(line: CommandLine): void {
  withPaceOptions(
    line.command('run', 'run the job of a spec file, or go on with it where it stopped', [
      'sluice run sums.yaml',
      'sluice run --concurrency 8 --retries 0 sums.yaml',
    ]),
  )
    .argument('<spec>', 'a JSON or YAML file')
    .option('--fresh', 'delete what is stored of the job, and begin anew')
    .option('--yes', 'do not ask before that')
    .option('--dry-run', 'say what would run, what is kept, and why; write nothing')
    .action(
      line.runs(async () => (await import('../commands/run-command.js')).runCommand, { makesStore: true }),
    );
  withPaceOptions(
    line.command('resume', 'go on with a stored job that is paused, or that a dead process left behind', [
      'sluice resume sums',
      'sluice resume sums --concurrency 2',
    ]),
  )
    .argument('<id>', 'the job')
    .action(line.runs(async () => (await import('../commands/resume-command.js')).resumeCommand));
  withPaceOptions(
    line.command('recover', 'go on with all jobs that dead processes left behind', [
      'sluice recover',
      'sluice recover --jobs 1 --store /var/lib/jobs',
    ]),
  )
    .addOption(new Option('--jobs <n>', 'run so many jobs at a time (default: 4)').argParser(count(1)))
    .action(line.runs(async () => (await import('../commands/recover-command.js')).recoverCommand));
  line
    .command('enqueue', 'store the job of a spec file for whoever works', [
      'sluice enqueue sums.yaml',
      'sluice enqueue --priority 10 sums.yaml',
    ])
    .argument('<spec>', 'a JSON or YAML file')
    .addOption(
      new Option('--priority <n>', 'jobs of higher priority are taken first (default: 0)').argParser(integer),
    )
    .option('--json', jsonSnapshot)
    .action(
      line.runs(async () => (await import('../commands/enqueue-command.js')).enqueueCommand, {
        makesStore: true,
      }),
    );
  line
    .command('work', 'take jobs that wait, and run them, until it is stopped', [
      'sluice work --jobs 2',
      'sluice work --kinds thumbnails --store /var/lib/jobs',
    ])
    .option('--kinds <kind...>', 'jobs of these kinds alone (default: all that run commands)')
    .addOption(new Option('--jobs <n>', 'run so many jobs at a time (default: 4)').argParser(count(1)))
    .option('--json', 'write the snapshots with which jobs begin and end as lines of JSON')
    .action(
      line.runs(async () => (await import('../commands/work-command.js')).workCommand, { makesStore: true }),
    );
  withPaceOptions(
    line.command('redrive', 'run the failed chunks of a job that has ended', [
      'sluice redrive sums --retries 5',
      'sluice redrive sums --code ATTEMPT_TIMEOUT',
    ]),
  )
    .argument('<id>', 'the job')
    .option('--code <code...>', 'those chunks alone whose error has one of these codes')
    .addOption(
      new Option('--like <index>', 'those chunks alone that failed as this one did').argParser(count(0)),
    )
    .action(line.runs(async () => (await import('../commands/redrive-command.js')).redriveCommand));
  withProgressOptions(
    line.command('watch', 'follow a job that another process runs, to its end', [
      'sluice watch sums',
      "sluice watch sums --json | jq -r '[.state, .completedChunks] | @tsv'",
    ]),
  )
    .argument('<id>', 'the job')
    .action(line.runs(async () => (await import('../commands/watch-command.js')).watchCommand));
}
