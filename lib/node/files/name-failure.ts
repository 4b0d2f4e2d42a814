import { StoreFailedError } from '../../errors/store-failed-error.js';
import { errorCode } from '../disk/error-code.js';

/** `ENOSPC`, `EMFILE`, …; not those of Node (`ERR_…`), and none of Sluice. */
const systemCode = /^E[A-Z0-9]+$/;

/**
 * Waits for calls to the disk, and says of what the system refuses which job and which file it was.
 *
 * @throws StoreFailedError in place of an error of the system
 */
export async function namingFailure<T>(
  { jobId, path }: { readonly jobId: string | undefined; readonly path: string },
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw nameFailure(cause, { jobId, path });
  }
}

/** An error of the system as one of the store; any other as it is. */
export function nameFailure(
  error: unknown,
  { jobId, path }: { readonly jobId: string | undefined; readonly path: string },
): unknown {
  if (!(error instanceof Error) || !systemCode.test(errorCode(error) ?? '')) return error;
  const place: unknown = Reflect.get(error, 'path');
  return new StoreFailedError(
    { jobId, path: typeof place === 'string' ? place : path, problem: error.message },
    { cause: error },
  );
}
