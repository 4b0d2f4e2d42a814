/**
 * Whether two values look the same: plain data, arrays, dates, maps, sets, errors. Errors are compared by
 * name, message and own properties; classes are not told apart. A matcher of the test runner
 * (`expect.objectContaining(…)`, `jasmine.any(…)`) in `expected` is asked.
 */
export function deepEqual(actual: unknown, expected: unknown): boolean {
  return equal(actual, expected, []);
}

type Pairs = readonly (readonly [object, object])[];

function equal(actual: unknown, expected: unknown, parents: Pairs): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null)
    return false;
  if (Array.isArray(actual) !== Array.isArray(expected)) return false;
  // A cycle that was entered on both sides at once is equal so far as it was followed.
  if (parents.some(([a, b]) => a === actual && b === expected)) return true;
  const pairs: Pairs = [...parents, [actual, expected]];
  if (actual instanceof Date && expected instanceof Date) return actual.getTime() === expected.getTime();
  if (isCollection(actual) && isCollection(expected)) return equal([...actual], [...expected], pairs);
  if (actual instanceof Error || expected instanceof Error) {
    const [one, other] = [actual as Error, expected as Error];
    if (one.name !== other.name || one.message !== other.message) return false;
  }
  const keys = ownKeys(actual);
  if (keys.length !== ownKeys(expected).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(expected, key) && equal(Reflect.get(actual, key), Reflect.get(expected, key), pairs),
  );
}

function ownKeys(value: object): string[] {
  return Object.keys(value).filter((key) => Reflect.get(value, key) !== undefined);
}

function isCollection(value: object): value is Map<unknown, unknown> | Set<unknown> {
  return value instanceof Map || value instanceof Set;
}

function isMatcher(value: unknown): value is { asymmetricMatch(actual: unknown): boolean } {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'asymmetricMatch') === 'function'
  );
}
