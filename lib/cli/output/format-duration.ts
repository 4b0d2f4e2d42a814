const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * A length of time as people say it: `3 s`, `2 min 5 s`, `1 h 40 min`. The two largest units, rounded; below
 * 10 s, tenths.
 *
 * @param ms - 0 or more
 */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1_000);
  const first = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[first]!;
  const next = units[first + 1];
  if (next === undefined) return `${seconds} s`;
  const [nextUnit, nextSize] = next;
  const rounded = Math.round(seconds / nextSize) * nextSize;
  // Rounding can fill up the larger unit: 59 min 59.6 s.
  if (rounded < size || rounded % size === 0) return `${Math.round(rounded / size)} ${unit}`;
  return `${Math.floor(rounded / size)} ${unit} ${(rounded % size) / nextSize} ${nextUnit}`;
}
