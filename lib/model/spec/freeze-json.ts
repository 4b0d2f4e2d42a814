/**
 * Freezes a value that came from `JSON.parse`, all the way down. A loop over what JSON can hold: of a million
 * chunks this is the larger part of the time that reading a spec takes.
 */
export function freezeJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) for (const item of value) freezeJson(item);
  else for (const key in value) freezeJson(value[key]);
  return Object.freeze(value);
}
