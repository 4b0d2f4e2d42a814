import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { attackedStore } from './attacked-store.mjs';
import { randomOf } from './random.mjs';
import { filesIn, makeStore } from './sample-store.mjs';

const times = 300;

/** Flips one bit somewhere in a store. What is read then is what was there, or an error that names the file. */
export async function attack({ seed, folder }) {
  const random = randomOf(seed);
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const attacked = await attackedStore(whole);
  for (let time = 0; time < times; time++) {
    const store = join(folder, `store-${time}`);
    cpSync(whole, store, { recursive: true });
    const file = random.pick(filesIn(store));
    const content = readFileSync(file);
    const bit = random.below(content.length * 8);
    content[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(file, content);
    await attacked.judge(store, `bit ${bit} of ${content.length * 8} in ${relative(store, file)}`, {
      mayLoseTail: false,
    });
    rmSync(store, { recursive: true });
  }
  return { what: `${times} flipped bits, seed ${seed}`, ...attacked.result() };
}
