/** The middle of the numbers. */
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** What it takes the processor, in µs: user and system, of all threads. Unlike the time on the clock it does not count what other processes do. */
export async function processorTime(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** A clock that ticks in milliseconds is no use for a few of them: small jobs are measured a hundred thousand chunks at a time. */
export const jobsOf = (count) => Math.max(1, Math.round(100_000 / count));

/** The processor time of a chunk, in µs, of so many jobs of `count` chunks. */
export async function chunkTime(run, count, jobs = jobsOf(count)) {
  const time = await processorTime(async () => {
    for (let job = 0; job < jobs; job++) {
      const done = await run(count);
      if (done !== count)
        throw new Error(`Cannot measure ${run.name}: it must run ${count} chunks, ran ${done}`);
    }
  });
  return time / (count * jobs);
}

/**
 * What the first costs as a multiple of the second: the median of the ratios of `rounds` rounds, in each of which the two take turns, so that a
 * machine that is slow for a while is slow for both. The first round warms, and does not count.
 */
export async function medianRatio(first, second, rounds) {
  const ratios = [];
  for (let round = -1; round < rounds; round++) {
    const [over, under] = [await first(), await second()];
    if (round >= 0) ratios.push(over / under);
  }
  return median(ratios);
}
