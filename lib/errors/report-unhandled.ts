import { throwError } from 'rxjs';

/**
 * Reports an error that nobody can handle the way RxJS does: through `config.onUnhandledError`, or thrown in
 * a task of its own.
 */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}

/** Calls back a user's function. What it throws is reported, and changes nothing else. */
export function callBack<A extends readonly unknown[]>(callback: (...args: A) => void, ...args: A): void {
  try {
    callback(...args);
  } catch (error) {
    reportUnhandled(error);
  }
}
