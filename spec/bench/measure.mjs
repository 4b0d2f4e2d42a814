/** The middle of the numbers. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/**
 * Runs the contenders in turn, A B C A B C …, so that a machine that grows slower is slower for all, and gives the median of the processor time of
 * each, in µs a chunk: user and system, of all threads. Nothing here waits, and unlike the time on the clock it does not count what other processes do.
 *
 * @param {Record<string, (count: number) => Promise<number>>} contenders
 */
export async function microsecondsPerChunk(contenders, count, rounds = 5) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  // A clock is no use for a millisecond: small jobs are measured a hundred thousand chunks at a time.
  const jobs = Math.max(1, Math.round(100_000 / count));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = process.cpuUsage();
      let done = 0;
      for (let job = 0; job < jobs; job++) done += await run(count);
      const { user, system } = process.cpuUsage(start);
      if (done !== count * jobs) throw new Error(`Cannot measure ${name}: it must run ${count * jobs} chunks, ran ${done}`);
      if (round >= 0) times[name].push((user + system) / done); // the first round warms
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}
