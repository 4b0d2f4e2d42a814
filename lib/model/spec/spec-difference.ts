/**
 * The first place where two JSON values differ, or `undefined`. The order of keys does not count, nor do
 * properties that are `undefined`.
 */
export function firstDifference(
  stored: unknown,
  received: unknown,
  path: string,
): { readonly path: string; readonly difference: string } | undefined {
  // Not `Object.is`: JSON makes 0 of -0.
  if (stored === received) return undefined;
  if (!isContainer(stored) || !isContainer(received) || Array.isArray(stored) !== Array.isArray(received)) {
    return { path, difference: `is ${shown(stored)}, received ${shown(received)}` };
  }
  const isList = Array.isArray(stored);
  // A list by its numbers, and the place on the way back: in equal specs of a million chunks no text is made.
  const keys = isList
    ? new Array(Math.max(stored.length, (received as unknown as unknown[]).length)).keys()
    : new Set([...Object.keys(stored), ...Object.keys(received)]);
  for (const key of keys) {
    const found = firstDifference(own(stored, key), own(received, key), '');
    if (found) return { ...found, path: `${path}${isList ? `[${key}]` : `.${key}`}${found.path}` };
  }
  return undefined;
}

/** A key can be named like something that every object inherits: `constructor`, `toString`. */
function own(container: Record<PropertyKey, unknown>, key: PropertyKey): unknown {
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
