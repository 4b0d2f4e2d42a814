/**
 * A set of chunk indexes as sorted, disjoint, inclusive ranges: `[[0, 411], [413, 415]]`. Ranges that touch
 * are one.
 */
export type IndexRanges = readonly (readonly [first: number, last: number])[];

/** The position of the last range that begins at or before `index`, or -1. */
function rangeAtOrBefore(ranges: IndexRanges, index: number): number {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![0] <= index) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}

/**
 * Whether `index` is in the set. O(log ranges).
 *
 * @param ranges - the set
 * @param index - a chunk index, 0-based
 */
export function hasIndex(ranges: IndexRanges, index: number): boolean {
  const at = rangeAtOrBefore(ranges, index);
  return at >= 0 && ranges[at]![1] >= index;
}

/**
 * The set with `index` in it, frozen; the same object when it was there. Ranges that do not change are
 * shared. O(ranges).
 *
 * @param ranges - the set
 * @param index - a chunk index, 0-based
 */
export function addIndex(ranges: IndexRanges, index: number): IndexRanges {
  const at = rangeAtOrBefore(ranges, index);
  const before = ranges[at];
  const after = ranges[at + 1];
  if (before && before[1] >= index) return ranges;
  const joinsBefore = before !== undefined && before[1] === index - 1;
  const joinsAfter = after !== undefined && after[0] === index + 1;
  const joined = Object.freeze([joinsBefore ? before[0] : index, joinsAfter ? after[1] : index] as const);
  // Loops: `slice`, `splice` and spreading take four times as long with a frozen array.
  const next: IndexRanges[number][] = [];
  for (let i = 0; i < (joinsBefore ? at : at + 1); i++) next.push(ranges[i]!);
  next.push(joined);
  for (let i = joinsAfter ? at + 2 : at + 1; i < ranges.length; i++) next.push(ranges[i]!);
  return Object.freeze(next);
}

/**
 * How many indexes are in the set. O(ranges).
 *
 * @param ranges - the set
 */
export function countIndexes(ranges: IndexRanges): number {
  let count = 0;
  for (const [first, last] of ranges) count += last - first + 1;
  return count;
}

/**
 * All indexes that are in either set. O(ranges).
 *
 * @param one - a set
 * @param other - another one
 */
export function unionRanges(one: IndexRanges, other: IndexRanges): IndexRanges {
  const union: [number, number][] = [];
  for (const [first, last] of [...one, ...other].sort((a, b) => a[0] - b[0])) {
    const end = union.at(-1);
    if (end && first <= end[1] + 1) end[1] = Math.max(end[1], last);
    else union.push([first, last]);
  }
  return union;
}

/**
 * The indexes of one set that are not in the other. O(ranges).
 *
 * @param ranges - a set
 * @param removed - what is not to be in it
 */
export function subtractRanges(ranges: IndexRanges, removed: IndexRanges): IndexRanges {
  const left: [number, number][] = [];
  let from = 0;
  for (const [first, last] of ranges) {
    let next = first;
    while (from < removed.length && removed[from]![1] < first) from += 1;
    for (let at = from; at < removed.length && removed[at]![0] <= last; at++) {
      const [gapFirst, gapLast] = removed[at]!;
      if (gapFirst > next) left.push([next, gapFirst - 1]);
      next = gapLast + 1;
    }
    if (next <= last) left.push([next, last]);
  }
  return left;
}
