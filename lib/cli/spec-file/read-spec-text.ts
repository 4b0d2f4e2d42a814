import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';

/**
 * The text of a spec file, without a byte order mark.
 *
 * @param path - as the user has written it
 * @param file - absolute
 * @throws CliError for what is no regular file, cannot be read, or is not UTF-8
 */
export async function readSpecText(path: string, file: string): Promise<string> {
  const bytes = await readRegularFile(file).catch((cause: unknown) => {
    throw cannotRead(path, (cause as Error).message, cause);
  });
  if (bytes === undefined) throw cannotRead(path, 'it must be a regular file, received something else');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw cannotRead(path, `it must be UTF-8, received another byte at ${firstOddByte(bytes)}`, cause);
  }
}

/** `undefined` for a directory, a pipe, a device: some of them never end, or never begin. */
async function readRegularFile(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return (await handle.stat()).isFile() ? await handle.readFile() : undefined;
  } finally {
    await handle.close();
  }
}

/** The line and column, from 1, of the first byte that is not UTF-8. */
function firstOddByte(bytes: Buffer): string {
  const sound = new TextDecoder('utf-8', { fatal: true });
  let low = 0;
  for (let high = bytes.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    try {
      // A character that is cut in two is no error yet.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle;
    }
  }
  const before = sound.decode(bytes.subarray(0, low), { stream: true }).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function cannotRead(path: string, problem: string, cause?: unknown): CliError {
  return new CliError(exitCode.usage, `Cannot read spec file ${path}: ${problem}`, { cause });
}
