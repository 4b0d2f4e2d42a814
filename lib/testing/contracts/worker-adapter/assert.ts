/** Refuses what does not keep the contract. */
export function assert(condition: boolean, rule: string, received: unknown): asserts condition {
  if (!condition) throw new Error(`Cannot keep the worker contract: ${rule}, received ${show(received)}`);
}

/** A value in an error. */
export function show(value: unknown): string {
  return value instanceof Error
    ? `${value.name}: ${value.message}`
    : (JSON.stringify(value) ?? String(value));
}
