import { CommanderError } from 'commander';
import type { CliIo } from './cli-io.js';
import { CommandLine } from './command-line/command-line.js';
import { addHelperCommands } from './command-line/helper-commands.js';
import { addRunningCommands } from './command-line/running-commands.js';
import { addKeepingCommands, addShowingCommands } from './command-line/stored-job-commands.js';
import { exitCode } from './exit-code.js';

/**
 * The command `sluice`.
 *
 * @param argv - what follows the name of the command
 * @param io - what it reads, and writes to
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let code: number = exitCode.completed;
  const line = new CommandLine(io, (ended) => {
    code = ended;
  });
  addRunningCommands(line);
  addShowingCommands(line);
  addKeepingCommands(line);
  addHelperCommands(line);
  try {
    await line.program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.completed : exitCode.usage;
    throw error;
  }
}
