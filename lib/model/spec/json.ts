import { NotSerializableError } from '../../errors/not-serializable-error.js';

/** What survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Refuses a value that JSON would change or lose. Properties that are `undefined` are allowed: JSON drops
 * them.
 *
 * @throws NotSerializableError naming the first place that does not survive
 */
export function assertJson(value: unknown, path: string): void {
  const flaw = firstFlaw(value, []);
  if (flaw) throw new NotSerializableError({ path: path + flaw.path, problem: flaw.problem });
}

/**
 * Takes a value as it is now: a frozen copy, which later changes of the value do not reach.
 *
 * @throws NotSerializableError naming the first place that JSON would change or lose
 */
export function takeJson<T>(value: T, path = 'result'): T {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) assertJson(value, path);
    return value;
  }
  assertJson(value, path);
  return frozenCopy(value);
}

function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const copy: { [key: string]: unknown } = {};
  for (const key of Object.keys(value)) {
    const child = (value as { readonly [key: string]: unknown })[key];
    // Not by assignment: a key can be `__proto__`.
    if (child !== undefined) define(copy, key, frozenCopy(child));
  }
  return Object.freeze(copy) as T;
}

function define(object: { [key: string]: unknown }, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true });
  else object[key] = value;
}

/** The place is put together on the way back: of a million values that survive, no text is made. */
function firstFlaw(
  value: unknown,
  parents: object[],
): { readonly path: string; readonly problem: string } | undefined {
  const type = typeof value;
  if (value === null || type === 'string' || type === 'boolean' || Number.isFinite(value)) return undefined;
  if (typeof value !== 'object') return { path: '', problem: type === 'number' ? String(value) : type };
  if (parents.includes(value)) return { path: '', problem: 'a cycle' };
  parents.push(value);
  if (Array.isArray(value)) {
    // A loop, not forEach: a hole in an array has to be seen.
    for (let i = 0; i < value.length; i++) {
      const flaw = firstFlaw(value[i], parents);
      if (flaw) return { ...flaw, path: `[${i}]${flaw.path}` };
    }
  } else {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      // An object need not have a constructor.
      const name = (value.constructor as { readonly name: string } | undefined)?.name ?? 'no class';
      return { path: '', problem: `an instance of ${name}` };
    }
    for (const key of Object.keys(value)) {
      const child = (value as { readonly [key: string]: unknown })[key];
      const flaw = child === undefined ? undefined : firstFlaw(child, parents);
      if (flaw) return { ...flaw, path: `.${key}${flaw.path}` };
    }
  }
  parents.pop();
  return undefined;
}
