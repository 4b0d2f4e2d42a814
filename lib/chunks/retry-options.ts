/** When a failed attempt is followed by another one, and after how long. */
export interface RetryOptions {
  /**
   * How many attempts may follow the first one: an integer of 0 or more, or `Infinity` for no limit.
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
   * The longest delay, in ms, or `Infinity` for no limit. An error that carries `retryAfterMs` is waited for
   * as long as that says, also where it is longer.
   *
   * @defaultValue 30_000
   */
  readonly maxDelayMs?: number | undefined;
  /**
   * Chance, so that chunks that failed together do not come back together.
   *
   * - `full`: anywhere between 0 and the computed delay
   * - `decorrelated`: anywhere between `delayMs` and three times the delay before, whatever the attempt
   *
   * @defaultValue 'none'
   */
  readonly jitter?: 'none' | 'full' | 'decorrelated' | undefined;
  /**
   * How long after the first failure the next attempt may be due at the latest, in ms: one that would be due
   * later is not made. After a crash it counts anew. `Infinity` is no limit.
   *
   * @defaultValue Infinity
   */
  readonly maxElapsedMs?: number | undefined;
  /**
   * Whether the error is worth another attempt. It is not asked about errors that say `permanent: true`, as
   * `INVALID_RETURN` and `NOT_SERIALIZABLE` do: no attempt follows those.
   *
   * @param error - what the attempt failed with
   * @param attempt - the attempt that failed, 1-based
   * @defaultValue every error is
   */
  readonly retryIf?: ((error: unknown, attempt: number) => boolean) | undefined;
  /**
   * What waits when an error carries `retryAfterMs`.
   *
   * - `chunk`: the chunk that failed
   * - `all`: every start of the run, of fresh chunks and of retries; where runs share a `limit`, of all of
   *   them. So one refused request spares the attempts of the others. Attempts that run go on.
   *
   * @defaultValue 'chunk'
   */
  readonly retryAfter?: 'chunk' | 'all' | undefined;
}
