import type { SentCommand } from '../../model/job-command.js';
import { parseOnlyLine } from '../journal/journal-line.js';

/** Whether a value is a command that an owner can be sent. */
function isSentCommand(value: unknown): value is SentCommand {
  if (typeof value !== 'object' || value === null) return false;
  const { type, mode, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return false;
  return type === 'pause'
    ? mode === undefined || mode === 'drain' || mode === 'stop'
    : (type === 'resume' || type === 'cancel') && mode === undefined;
}

/**
 * @throws TypeError if it is not a command
 */
export function assertSentCommand(command: unknown): asserts command is SentCommand {
  if (isSentCommand(command)) return;
  throw new TypeError(
    `Cannot send a command: it must be 'pause' with its mode, 'resume' or 'cancel', received ${JSON.stringify(command) ?? 'undefined'}`,
  );
}

/**
 * The command in a file of the inbox, or `undefined` if it is damaged, or one of a later version.
 *
 * @param content - the whole file
 */
export function parseCommand(content: Uint8Array): SentCommand | undefined {
  const command = parseOnlyLine(content);
  return isSentCommand(command) ? Object.freeze(command) : undefined;
}
