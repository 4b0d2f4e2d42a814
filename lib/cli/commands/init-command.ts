import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errorCode } from '../../node/disk/error-code.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';

/**
 * `sluice init [FILE]`: writes a commented spec that runs.
 *
 * @returns the exit code
 */
export async function initCommand(
  { io, commandLine }: CliContext,
  path: string | undefined = 'first-job.yaml',
): Promise<number> {
  const file = resolve(io.cwd, path);
  const schema = relative(dirname(file), join(dirname(io.script), 'spec-file.schema.json'));
  try {
    await writeFile(file, firstJob(schema.split(sep).join('/')), { flag: 'wx' });
  } catch (cause) {
    const problem =
      errorCode(cause) === 'EEXIST'
        ? `it must not be there yet; to write another file: ${commandLine('init', 'FILE')}`
        : `it must be possible: ${(cause as Error).message}`;
    throw new CliError(exitCode.usage, `Cannot write ${path}: ${problem}`, { cause });
  }
  io.stderr.write(`${basename(file)} is written; to run it: ${commandLine('run', path)}\n`);
  return exitCode.completed;
}

function firstJob(schema: string): string {
  return `# yaml-language-server: $schema=${schema}

# The chunks: a list of anything, one after another,
chunks: [red, green, blue]
# or a range that is cut into pieces, each with {start} and {end}:
# chunks: { total: 1000, size: 100 }

# What is run for each chunk: a program and its arguments. Its last line is the result.
# No shell is involved; where you want one, hand the chunk over as an argument.
command: [sh, -c, 'sleep 1; echo "$1 has \${{#1}} letters"', sh, '{chunk}']

# What is run once, when every chunk has ended: it reads a line of JSON for each from stdin.
merge: [cat]
# merge: { command: [cat], output: results.ndjson }

# How many attempts run at a time, and how many may follow one that failed.
concurrency: 2
retry: { retries: 2, delayMs: 1000 }

# Keeps the last output of each attempt, for \`sluice logs\`.
logs: true

# More: attemptTimeoutMs, stallTimeoutMs, startRate, tolerate, env, cwd, output.
`;
}
