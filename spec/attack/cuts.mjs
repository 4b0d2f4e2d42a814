import { cpSync, rmSync, statSync, truncateSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { attackedStore } from './attacked-store.mjs';
import { randomOf } from './random.mjs';
import { filesIn, makeStore } from './sample-store.mjs';

const times = 100;

/** Cuts a file off somewhere. Only a journal may lose its end: then the job goes on from an earlier state, and nothing is wrong. */
export async function attack({ seed, folder }) {
  const random = randomOf(seed);
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const attacked = await attackedStore(whole);
  for (let time = 0; time < times; time++) {
    const store = join(folder, `store-${time}`);
    cpSync(whole, store, { recursive: true });
    const file = random.pick(filesIn(store));
    const length = random.below(statSync(file).size);
    truncateSync(file, length);
    const isJournal = basename(file).startsWith('journal.');
    await attacked.judge(store, `${relative(store, file)} cut to ${length} bytes`, {
      mayLoseTail: isJournal,
    });
    rmSync(store, { recursive: true });
  }
  return { what: `${times} files cut off, seed ${seed}`, ...attacked.result() };
}
