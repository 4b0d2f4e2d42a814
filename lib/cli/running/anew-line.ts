import type { CliContext } from '../cli-context.js';

/** The command line that makes it possible to run a job anew, where its spec file is not known. */
export function anewLine({ commandLine }: Pick<CliContext, 'commandLine'>, jobId: string): string {
  return `${commandLine('delete', jobId)}, then run its spec`;
}
