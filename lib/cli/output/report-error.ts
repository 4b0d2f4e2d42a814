import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { exitCodeOfError } from '../exit-code.js';
import { oneLine } from './one-line.js';
import { showError } from './show-error.js';

/** Writes an error, and what to do about it. Returns the exit code for it. */
export function reportError(context: Pick<CliContext, 'io' | 'commandLine'>, error: unknown): number {
  const { stderr } = context.io;
  const hint = hintFor(context, error);
  stderr.print(
    { text: 'sluice:', tone: 'bad' },
    ` ${(error instanceof CliError ? error.summary : undefined) ?? showError(error)}${hint === undefined ? '' : oneLine(`; ${hint}`)}\n`,
  );
  if (error instanceof CliError && error.details !== undefined) stderr.write(error.details);
  return exitCodeOfError(error);
}

function hintFor({ commandLine }: Pick<CliContext, 'commandLine'>, error: unknown): string | undefined {
  if (!isSluiceError(error)) return undefined;
  const jobId = String(Reflect.get(error, 'jobId'));
  switch (error.code) {
    case 'NOT_A_STORE':
      return "name another directory with --store; the first 'sluice run' makes a store";
    case 'JOB_NOT_FOUND':
      return `to see which are there: ${commandLine('list')}`;
    case 'JOB_OWNED':
      return `to follow it: ${commandLine('watch', jobId)}`;
    case 'SPEC_MISMATCH':
      return String(Reflect.get(error, 'path')).startsWith('spec.chunks')
        ? `put new chunks into a spec of their own, with another id; to start over: ${commandLine('delete', jobId)}`
        : `to start over: ${commandLine('delete', jobId)}`;
    default:
      return undefined;
  }
}
