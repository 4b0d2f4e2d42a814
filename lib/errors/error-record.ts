/** An error as plain, JSON-safe data, with the chain of its causes (at most 8 deep). */
export interface ErrorRecord {
  /** The name of the error, for example `TypeError`. */
  readonly name: string;
  /** Its message. Messages are stored as they are: keep secrets out of them. */
  readonly message: string;
  /** Its code, where it has one: of Sluice (`ATTEMPT_TIMEOUT`), of Node (`ENOENT`), or your own. */
  readonly code?: string;
  /** Present where no further attempt can mend it: the error said `permanent: true`. */
  readonly permanent?: true;
  /** How long the error asked to be waited for, in ms: where it carried `retryAfterMs`. */
  readonly retryAfterMs?: number;
  /** The chunk that failed, 0-based; absent when it was not a chunk. */
  readonly index?: number;
  /** The attempt that failed last, 1-based. */
  readonly attempt?: number;
  /** What led to it. */
  readonly cause?: ErrorRecord;
}

const maxCauses = 8;

/** What is read of an error. */
const keys = ['name', 'message', 'code', 'permanent', 'retryAfterMs', 'cause'] as const;

/** The errors that records of this process were made from. */
const originals = new WeakMap<ErrorRecord, unknown>();

/** The error that a record was made from, or `undefined` for a record that was read back. */
export function originalError(record: ErrorRecord): unknown {
  return originals.get(record);
}

/**
 * What a user's function makes of a record. When it throws, that is for the caller to report, and nothing of
 * the record but its kind is kept.
 */
export function redactRecord(
  record: ErrorRecord,
  redact: (record: ErrorRecord) => ErrorRecord,
  onThrow: (error: unknown) => void,
): ErrorRecord {
  let redacted: ErrorRecord;
  try {
    redacted = redact(record);
    if (typeof redacted !== 'object' || redacted === null) {
      throw new TypeError(
        `Cannot redact error: the record must be an object, received ${redacted === null ? 'null' : typeof redacted}`,
      );
    }
  } catch (error) {
    onThrow(error);
    const { name, code, index, attempt } = record;
    redacted = {
      name,
      message: 'redacted',
      ...(code !== undefined && { code }),
      ...(index !== undefined && { index }),
      ...(attempt !== undefined && { attempt }),
    };
  }
  originals.set(redacted, originals.get(record));
  return redacted;
}

/**
 * Turns whatever was thrown into an {@link ErrorRecord}.
 *
 * @param error - anything that was thrown
 * @param where - the chunk and the attempt, where there are any
 */
export function toErrorRecord(
  error: unknown,
  where?: { readonly index: number; readonly attempt: number },
): ErrorRecord {
  const record = { ...recordAt(error, 0), ...where };
  originals.set(record, error);
  return record;
}

function recordAt(error: unknown, depth: number): ErrorRecord {
  if (typeof error !== 'object' || error === null) return { name: 'Error', message: textOf(error) };
  const [name, message, code, permanent, retryAfterMs, cause] = keys.map((key) => read(error, key));
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : textOf(error),
    ...(typeof code === 'string' && { code }),
    ...(permanent === true && { permanent }),
    ...(Number.isFinite(retryAfterMs) && { retryAfterMs: retryAfterMs as number }),
    ...(cause !== undefined && depth < maxCauses && { cause: recordAt(cause, depth + 1) }),
  };
}

// Anything can be thrown, also what throws when it is looked at. The record of a failure must not be a
// failure.

function read(error: object, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return undefined;
  }
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return `an ${typeof error} that has no text`;
  }
}
