import { config, firstValueFrom, timer } from 'rxjs';

/**
 * Runs `body` and gives what was reported meanwhile like an unhandled error in RxJS. RxJS reports in a task of its own: in virtual time that is
 * before `runMarbles` returns, else it is awaited here.
 */
export async function reportedErrors(body: () => unknown): Promise<readonly unknown[]> {
  const reported: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => reported.push(error);
  try {
    await body();
    // Timers fire in the order in which they were made.
    await firstValueFrom(timer(1));
    return reported;
  } finally {
    config.onUnhandledError = before;
  }
}
