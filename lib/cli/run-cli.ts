import { resolve } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { cancelCommand } from './commands/cancel-command.js';
import type { CliContext } from './cli-context.js';
import type { CliIo } from './cli-io.js';
import type { PaceOptions } from './command-line/command-options.js';
import { count, jsonLines, withPaceOptions } from './command-line/command-options.js';
import { deleteCommand } from './commands/delete-command.js';
import { exitCode, exitCodeOfError } from './exit-code.js';
import { JobStore } from './store/job-store.js';
import { listCommand } from './commands/list-command.js';
import { parseDuration } from './command-line/parse-duration.js';
import type { PauseOptions } from './commands/pause-command.js';
import { pauseCommand } from './commands/pause-command.js';
import type { PruneOptions } from './commands/prune-command.js';
import { pruneCommand } from './commands/prune-command.js';
import type { RecoverOptions } from './commands/recover-command.js';
import { recoverCommand } from './commands/recover-command.js';
import type { RedriveOptions } from './commands/redrive-command.js';
import { redriveCommand } from './commands/redrive-command.js';
import { resumeCommand } from './commands/resume-command.js';
import { runCommand } from './commands/run-command.js';
import { showCommand } from './commands/show-command.js';
import { showError } from './output/show-error.js';
import { verifyCommand } from './commands/verify-command.js';
import { watchCommand } from './commands/watch-command.js';

const jsonSnapshot = 'write the snapshot that it led to as a JSON object';

/**
 * The command `sluice`.
 *
 * @param argv - what follows the name of the command
 * @param io - what it reads, and writes to
 * @returns the exit code; never rejects
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let code: number = exitCode.completed;
  const program = sluiceCommand(io, (ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.completed : exitCode.usage;
    io.stderr.write(`sluice: ${showError(error)}\n`);
    return exitCodeOfError(error);
  }
}

function sluiceCommand(io: CliIo, onEnd: (code: number) => void): Command {
  const context = (): CliContext => {
    const { store } = program.opts<{ readonly store?: string }>();
    const fromEnv = io.env.SLUICE_STORE === '' ? undefined : io.env.SLUICE_STORE;
    return { io, store: new JobStore(resolve(io.cwd, store ?? fromEnv ?? '.sluice')) };
  };
  const program = new Command('sluice')
    .description('Runs chunked jobs of commands, stores them as they go, and goes on where they stopped.')
    .version(packageJson.version)
    .option('--store <dir>', 'the directory of the stored jobs (default: $SLUICE_STORE, or .sluice)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => {
        io.stdout.write(text);
      },
      writeErr: (text) => {
        io.stderr.write(text);
      },
      outputError: (text, write) => {
        // Its suggestions are on a line of their own.
        write(
          `${text
            .trim()
            .replace(/^error: /, 'sluice: ')
            .replace(/\s*\n\s*/g, ' ')}\n`,
        );
      },
    })
    .exitOverride();

  const command = (name: string, description: string): Command =>
    program.command(name).description(description);
  withPaceOptions(command('run', 'run the job of a spec file, or go on with it where it stopped'))
    .argument('<spec>', 'a JSON or YAML file')
    .action(async (path: string, options: PaceOptions) => {
      onEnd(await runCommand(context(), path, options));
    });
  withPaceOptions(
    command('resume', 'go on with a stored job that is paused, or that a dead process left behind'),
  )
    .argument('<id>', 'the job')
    .action(async (id: string, options: PaceOptions) => {
      onEnd(await resumeCommand(context(), id, options));
    });
  command('pause', 'pause a job, also one that another process runs')
    .argument('<id>', 'the job')
    .option('--stop', 'stop what runs, to run it again later, instead of waiting for it')
    .option('--json', jsonSnapshot)
    .action(async (id: string, options: PauseOptions) => {
      onEnd(await pauseCommand(context(), id, options));
    });
  command('cancel', 'stop a job for good, also one that another process runs')
    .argument('<id>', 'the job')
    .option('--json', jsonSnapshot)
    .action(async (id: string, options: { readonly json?: boolean }) => {
      onEnd(await cancelCommand(context(), id, options));
    });
  withPaceOptions(command('recover', 'go on with all jobs that dead processes left behind'))
    .addOption(new Option('--jobs <n>', 'run so many jobs at a time (default: 4)').argParser(count(1)))
    .action(async (options: RecoverOptions) => {
      onEnd(await recoverCommand(context(), options));
    });
  withPaceOptions(command('redrive', 'run the failed chunks of a job that has ended'))
    .argument('<id>', 'the job')
    .option('--code <code...>', 'those chunks alone whose error has one of these codes')
    .action(async (id: string, options: RedriveOptions) => {
      onEnd(await redriveCommand(context(), id, options));
    });
  command('watch', 'follow a job that another process runs, to its end')
    .argument('<id>', 'the job')
    .option('--json', jsonLines)
    .action(async (id: string, options: { readonly json?: boolean }) => {
      onEnd(await watchCommand(context(), id, options));
    });
  command('list', 'list the stored jobs')
    .option('--json', 'write the snapshots as a JSON array')
    .action(async (options: { readonly json?: boolean }) => {
      onEnd(await listCommand(context(), options));
    });
  command('show', 'show a stored job, and which of its chunks failed, and why')
    .argument('<id>', 'the job')
    .option('--json', 'write all of it as a JSON object')
    .action(async (id: string, options: { readonly json?: boolean }) => {
      onEnd(await showCommand(context(), id, options));
    });
  command('delete', 'remove a stored job that no process runs')
    .argument('<id>', 'the job')
    .action(async (id: string) => {
      onEnd(await deleteCommand(context(), id));
    });
  command('prune', 'delete the jobs that ended a while ago, and write their ids')
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
    .action(async (options: PruneOptions) => {
      onEnd(await pruneCommand(context(), options));
    });
  command('verify', 'read all that is stored, and say what is damaged')
    .argument('[id]', 'the job; all of them without it')
    .option('--json', 'write the problems as a JSON array')
    .action(async (id: string | undefined, options: { readonly json?: boolean }) => {
      onEnd(await verifyCommand(context(), id, options));
    });
  return program;
}
