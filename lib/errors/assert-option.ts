/**
 * Refuses an option that is not an integer of `least` or more.
 *
 * @throws RangeError
 */
export function assertCount(call: string, name: string, value: number, least = 0): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(
    `Cannot ${call}: '${name}' must be an integer of ${least} or more, received ${String(value)}`,
  );
}

/**
 * Refuses an option that is not a length of time in ms.
 *
 * @throws RangeError
 */
export function assertMs(call: string, name: string, value: number, least = 0): void {
  // `null` and '5' compare like numbers.
  if (typeof value === 'number' && value >= least && value <= maxMs) return;
  throw new RangeError(
    `Cannot ${call}: '${name}' must be a number of milliseconds from ${least} to ${maxMs}, received ${String(value)}`,
  );
}

/**
 * Refuses an option that is neither an integer of `least` or more nor `Infinity`, which means no limit.
 *
 * @throws RangeError
 */
export function assertLimit(call: string, name: string, value: number, least = 0): void {
  if (value === Infinity || (Number.isSafeInteger(value) && value >= least)) return;
  throw new RangeError(
    `Cannot ${call}: '${name}' must be an integer of ${least} or more, or Infinity, received ${String(value)}`,
  );
}

/**
 * A length of time in ms that limits something; `undefined` for `Infinity`, which means no limit.
 *
 * @throws RangeError
 */
export function timeLimit(
  call: string,
  name: string,
  value: number | undefined,
  least = 0,
): number | undefined {
  if (value === undefined || value === Infinity) return undefined;
  if (typeof value === 'number' && value >= least && value <= maxMs) return value;
  throw new RangeError(
    `Cannot ${call}: '${name}' must be a number of milliseconds from ${least} to ${maxMs}, or Infinity, received ${String(value)}`,
  );
}

/** The longest delay of a timer; a longer one would fire at once. */
export const maxMs: number = 2 ** 31 - 1;

/**
 * Refuses an option that is not a function.
 *
 * @throws TypeError
 */
export function assertFunction(call: string, name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `Cannot ${call}: '${name}' must be a function, received ${value === null ? 'null' : typeof value}`,
  );
}
