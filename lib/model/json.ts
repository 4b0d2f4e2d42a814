import { NotSerializableError } from '../errors/not-serializable-error.js';

/** What survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Refuses a value that JSON would change or lose. Properties that are `undefined` are allowed: JSON drops them.
 *
 * @throws NotSerializableError naming the first place that does not survive
 */
export function assertJson(value: unknown, path: string): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      throw new NotSerializableError({ path, problem: String(value) });
    case 'object':
      if (value === null) return;
      assertJsonObject(value, path, []);
      return;
    default:
      throw new NotSerializableError({ path, problem: typeof value });
  }
}

function assertJsonObject(value: object, path: string, parents: readonly object[]): void {
  if (parents.includes(value)) throw new NotSerializableError({ path, problem: 'a cycle' });
  const line = [...parents, value];
  const visit = (child: unknown, place: string): void => {
    if (typeof child === 'object' && child !== null) assertJsonObject(child, place, line);
    else assertJson(child, place);
  };
  if (Array.isArray(value)) {
    // A loop, not forEach: a hole in an array has to be seen.
    for (let i = 0; i < value.length; i++) visit(value[i], `${path}[${i}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // An object need not have a constructor.
    const name = (value.constructor as { readonly name: string } | undefined)?.name ?? 'no class';
    throw new NotSerializableError({ path, problem: `an instance of ${name}` });
  }
  for (const [key, child] of Object.entries(value)) if (child !== undefined) visit(child, `${path}.${key}`);
}
