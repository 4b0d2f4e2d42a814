import { Option } from 'commander';
import type { CommandLine } from './command-line.js';
import { count } from './count.js';
import { parseDuration } from './parse-duration.js';

const jsonSnapshot = 'write the snapshot that it led to as a JSON object';

/** Adds the commands that show stored jobs. */
export function addShowingCommands(line: CommandLine): void {
  line
    .command('list', 'list the stored jobs', [
      'sluice list',
      'sluice list --json | jq -r \'.[] | select(.state == "failed") | .id\'',
    ])
    .option('--json', 'write the snapshots as a JSON array')
    .action(line.runs(async () => (await import('../commands/list-command.js')).listCommand));
  line
    .command('show', 'show a stored job, and which of its chunks failed, and why', [
      'sluice show sums',
      "sluice show sums --json | jq '.failures[].error.message'",
    ])
    .argument('<id>', 'the job')
    .option('--json', 'write all of it as a JSON object')
    .action(line.runs(async () => (await import('../commands/show-command.js')).showCommand));
  line
    .command('outcomes', 'show the results and errors of the chunks of a job', [
      'sluice outcomes sums --failed',
      'sluice outcomes sums --json | jq -r \'select(.status == "completed") | .result\'',
    ])
    .argument('<id>', 'the job')
    .option('--failed', 'those alone that failed')
    .addOption(new Option('--run <n>', 'as they were when that run ended').argParser(count(1)))
    .option('--json', 'write a line of JSON for each')
    .action(line.runs(async () => (await import('../commands/outcomes-command.js')).outcomesCommand));
  line
    .command('logs', 'show the last output of each attempt, where the spec of the job says logs: true', [
      'sluice logs sums',
      'sluice logs sums 12',
    ])
    .argument('<id>', 'the job')
    .argument('[index]', 'the chunk; all of them without it', count(0))
    .option('--json', 'write a line of JSON for each')
    .action(line.runs(async () => (await import('../commands/logs-command.js')).logsCommand));
  line
    .command('verify', 'read all that is stored, and say what is damaged', [
      'sluice verify',
      'sluice verify sums --json',
    ])
    .argument('[id]', 'the job; all of them without it')
    .option('--json', 'write the problems as a JSON array')
    .action(line.runs(async () => (await import('../commands/verify-command.js')).verifyCommand));
}

/** Adds the commands that change stored jobs, and run nothing. */
export function addKeepingCommands(line: CommandLine): void {
  line
    .command('pause', 'pause a job, also one that another process runs', [
      'sluice pause sums',
      'sluice pause sums --stop',
    ])
    .argument('<id>', 'the job')
    .option('--stop', 'stop what runs, to run it again later, instead of waiting for it')
    .option('--json', jsonSnapshot)
    .action(line.runs(async () => (await import('../commands/pause-command.js')).pauseCommand));
  line
    .command('cancel', 'stop a job for good, also one that another process runs', [
      'sluice cancel sums',
      'sluice cancel sums --json',
    ])
    .argument('<id>', 'the job')
    .option('--json', jsonSnapshot)
    .action(line.runs(async () => (await import('../commands/cancel-command.js')).cancelCommand));
  line
    .command('delete', 'remove a stored job that no process runs', [
      'sluice delete sums',
      'sluice delete sums --store jobs',
    ])
    .argument('<id>', 'the job')
    .action(line.runs(async () => (await import('../commands/delete-command.js')).deleteCommand));
  line
    .command('prune', 'delete the jobs that ended a while ago, and write their ids', [
      'sluice prune --older-than 7d',
      'sluice prune --older-than 12h --state completed cancelled',
    ])
    .addOption(
      new Option('--older-than <duration>', 'how long ago they ended: 7d, 12h, 30m, 45s, or 0 for all')
        .argParser(parseDuration)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--state <state...>', 'those alone that ended so').choices([
        'completed',
        'failed',
        'cancelled',
      ]),
    )
    .option('--json', 'write the ids as a JSON array')
    .action(line.runs(async () => (await import('../commands/prune-command.js')).pruneCommand));
}
