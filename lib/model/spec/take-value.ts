import { NotSerializableError } from '../../errors/not-serializable-error.js';
import { takeJson } from './json.js';

/** How long a value may be as JSON, in UTF-16 code units: it is part of a snapshot, which stays small. */
const maxLength = 65_536;

/**
 * Takes the value of a merge as it is now: a frozen copy.
 *
 * @throws NotSerializableError if it would not survive JSON, or is too long for a snapshot
 */
export function takeValue<T>(value: T): T {
  const taken = takeJson(value, 'value');
  const { length } = JSON.stringify(taken);
  if (length <= maxLength) return taken;
  throw new NotSerializableError({
    path: 'value',
    problem: `${length} characters of JSON, which are more than ${maxLength}`,
  });
}
