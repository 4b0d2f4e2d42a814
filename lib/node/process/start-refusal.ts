import { existsSync } from 'node:fs';
import { errorCode } from '../disk/error-code.js';

/** Why a process did not start. */
export interface StartRefusal {
  readonly reason: string;
  /** Whether a further attempt would fail in the same way. */
  readonly permanent: boolean;
}

/** What the system says about a program, in words; `permanent`, for none of it mends itself. */
const refusals: { readonly [code: string]: string } = {
  ENOENT: 'command not found',
  ENOTDIR: 'command not found',
  EACCES: 'permission denied',
  ENOEXEC: 'the system cannot run it',
  E2BIG: 'its arguments are too long for the system',
};

/**
 * Says why a process did not start.
 *
 * @param error - what was thrown, or what execa resolved to
 */
export function startRefusal(program: string, cwd: string | undefined, error: unknown): StartRefusal {
  if (cwd !== undefined && !existsSync(cwd))
    return { reason: `working directory not found: ${cwd}`, permanent: true };
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = errorCode(cause) ?? errorCode(error) ?? '';
  const known = refusals[code];
  if (known !== undefined) return { reason: `${known}: ${program}`, permanent: true };
  return {
    reason: `${program}: ${cause instanceof Error ? cause.message : String(cause)}`,
    // An argument with a NUL, for example. What is left may be another at the next attempt: too many
    // processes, no memory.
    permanent: cause instanceof TypeError,
  };
}
