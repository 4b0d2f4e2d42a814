import type { JobCommand, JobCommandLike } from './job-command.js';

const types: readonly unknown[] = ['pause', 'resume', 'cancel', 'detach'];

/**
 * The command that stands in a stream of them.
 *
 * @throws TypeError for what is no command
 */
export function asJobCommand(value: JobCommandLike): JobCommand {
  const { type, mode } = (typeof value === 'string' ? { type: value } : Object(value)) as {
    readonly type: unknown;
    readonly mode?: unknown;
  };
  if (!types.includes(type)) {
    throw new TypeError(
      `Cannot take command: it must be one of [${types.join(', ')}], received ${String(type ?? value)}`,
    );
  }
  if (mode !== undefined && mode !== 'drain' && mode !== 'stop') {
    throw new TypeError(
      `Cannot take command: 'mode' must be 'drain' or 'stop', received ${JSON.stringify(mode)}`,
    );
  }
  return value as JobCommand;
}
