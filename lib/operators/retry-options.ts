/** When a failed attempt is followed by another one, and after how long. */
export interface RetryOptions {
  /**
   * How many attempts may follow the first one: an integer of 0 or more.
   *
   * @defaultValue 2
   */
  readonly retries?: number | undefined;
  /**
   * The delay before the first retry, in ms; it doubles with each further one.
   *
   * @defaultValue 1_000
   */
  readonly delayMs?: number | undefined;
  /**
   * The longest delay, in ms.
   *
   * @defaultValue 30_000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * `full` takes a random delay between 0 and the computed one, so that chunks that failed together do not come back together.
   *
   * @defaultValue 'none'
   */
  readonly jitter?: 'none' | 'full' | undefined;
  /**
   * Whether the error is worth another attempt. Errors that no attempt can mend (`INVALID_RETURN`, `NOT_SERIALIZABLE`) never reach it.
   *
   * @param error - what the attempt failed with
   * @param attempt - the attempt that failed, 1-based
   * @defaultValue every error is
   */
  readonly retryIf?: ((error: unknown, attempt: number) => boolean) | undefined;
}
