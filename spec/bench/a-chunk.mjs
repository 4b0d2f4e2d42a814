import * as contenders from './contenders.mjs';
import { chunkTime, medianRatio } from './measure.mjs';

/** What a chunk costs as a multiple of the bare loop, for each count. */
export async function multiples(name, counts, rounds) {
  const { bareLoop, [name]: contender } = contenders;
  for (const run of [bareLoop, contender])
    for (let round = 0; round < 3; round++) await chunkTime(run, 10_000, 5);
  const found = {};
  for (const count of counts)
    found[count] = await medianRatio(
      () => chunkTime(contender, count),
      () => chunkTime(bareLoop, count),
      rounds,
    );
  return found;
}

/** What a chunk of one job costs as a multiple of what it costs in a hundred jobs that are a hundredth of it. */
export async function flatness(name, count, rounds) {
  const { [name]: contender } = contenders;
  return medianRatio(
    () => chunkTime(contender, count, 1),
    () => chunkTime(contender, count / 100, 100),
    rounds,
  );
}
