// Each runs `count` chunks of an asynchronous worker that does nothing, 16 at a time, to the end, and says how many it ran.
import { Effect } from 'effect';
import pMap from 'p-map';
import PQueue from 'p-queue';
import { defer, mergeMap, range as counted, retry } from 'rxjs';
import { execute, range, runChunks } from 'sluice';

const slots = 16;

const work = async () => {};

const ended = (stream$) =>
  new Promise((resolve, reject) => {
    let seen = 0;
    stream$.subscribe({ next: () => seen++, error: reject, complete: () => resolve(seen) });
  });

/** The least that a program could do: 16 loops that take the next index. */
export async function bareLoop(count) {
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      await work({ index, chunk: { start: index, end: index + 1 }, attempt: 1 });
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: slots }, lane));
  return done;
}

export const sluiceRunChunks = (count) =>
  ended(runChunks(work, { concurrency: slots, retry: { retries: 3 } })(range(count, 1)));

export async function sluiceExecute(count) {
  let done = 0;
  const options = {
    worker: work,
    concurrency: slots,
    retry: { retries: 3 },
    onProgress: (completed) => (done = completed),
  };
  await ended(execute({ id: 'bench', kind: 'bench', chunks: range(count, 1) }, options));
  return done;
}

export const mergeMapRetry = (count) =>
  ended(
    counted(count).pipe(
      mergeMap((index) => defer(() => work(index)).pipe(retry({ count: 3, delay: 1_000 })), slots),
    ),
  );

export async function pMapOver(count) {
  let done = 0;
  function* indexes() {
    for (let index = 0; index < count; index++) yield index;
  }
  await pMap(
    indexes(),
    async (index) => {
      await work(index);
      done += 1;
    },
    { concurrency: slots },
  );
  return done;
}

export async function pQueueAdd(count) {
  let done = 0;
  const queue = new PQueue({ concurrency: slots });
  const one = async () => {
    await work();
    done += 1;
  };
  for (let index = 0; index < count; index++) {
    void queue.add(one);
    // Its documentation has the source wait, so that the queue does not hold all of it.
    if (queue.size >= 1_000) await queue.onSizeLessThan(500);
  }
  await queue.onIdle();
  return done;
}

export async function effectForEach(count) {
  let done = 0;
  const indexes = Array.from({ length: count }, (_, index) => index);
  const one = (index) =>
    Effect.promise(() => work(index)).pipe(
      Effect.map(() => {
        done += 1;
      }),
    );
  await Effect.runPromise(Effect.forEach(indexes, one, { concurrency: slots, discard: true }));
  return done;
}
