/** The middle of the numbers. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/**
 * Runs the contenders in turn, A B C A B C …, so that a machine that grows slower is slower for all, and gives the median µs a chunk of each.
 *
 * @param {Record<string, (count: number) => Promise<number>>} contenders
 */
export async function microsecondsPerChunk(contenders, count, rounds = 5) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      globalThis.gc?.();
      const start = performance.now();
      const done = await run(count);
      const elapsed = performance.now() - start;
      if (done !== count) throw new Error(`Cannot measure ${name}: it must run ${count} chunks, ran ${done}`);
      if (round >= 0) times[name].push((elapsed * 1_000) / count); // the first round warms
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}
