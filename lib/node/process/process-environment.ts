import type { ChunkTask } from '../../ports/worker-adapter.js';

const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
const inheritedOnWindows = [
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
];

/**
 * The size up to which a chunk is put into the environment: far below what makes the start of a process fail
 * (E2BIG).
 */
const maxChunkBytes = 32 * 1024;

/** The variables that a process gets, and no others. */
export function processEnvironment(
  { jobId, index, attempt, chunk }: ChunkTask,
  {
    env,
    inheritEnv = [],
    output,
  }: {
    readonly env: { readonly [name: string]: string } | undefined;
    readonly inheritEnv: readonly string[] | undefined;
    readonly output: string | undefined;
  },
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of [
    ...inherited,
    ...(process.platform === 'win32' ? inheritedOnWindows : []),
    ...inheritEnv,
  ]) {
    const value = process.env[name];
    if (value !== undefined) variables[name] = value;
  }
  Object.assign(variables, env, {
    SLUICE_JOB_ID: jobId,
    SLUICE_CHUNK_INDEX: String(index),
    SLUICE_ATTEMPT: String(attempt),
  });
  const json = JSON.stringify(chunk) ?? 'null';
  // A string in the environment ends at its first NUL; JSON escapes them.
  if (Buffer.byteLength(json) <= maxChunkBytes) variables.SLUICE_CHUNK = json;
  if (output !== undefined) variables.SLUICE_OUTPUT = output;
  return variables;
}
