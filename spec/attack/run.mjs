// Attacks on a store and on the command, each judged by the same rules: no acknowledged outcome is lost, no result is wrong, nothing
// hangs, and every message names the thing. Needs `npm run build`.
//
//   node spec/attack/run.mjs [--seed 1] [name …]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const known = ['bits', 'cuts', 'kinds', 'specs', 'ids', 'clocks', 'disk', 'many', 'kills'];
const unknown = positionals.find((name) => !known.includes(name));
if (unknown !== undefined)
  throw new RangeError(`Cannot attack: a name must be one of ${known.join(', ')}, received ${unknown}`);

let failed = 0;
for (const name of positionals.length === 0 ? known : positionals) {
  const { attack } = await import(`./${name}.mjs`);
  const folder = mkdtempSync(join(tmpdir(), `sluice-attack-${name}-`));
  const began = performance.now();
  try {
    const { what, found, problems } = await attack({ seed: Number(values.seed), folder });
    console.log(`${name}: ${what}; ${found} (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
    for (const problem of problems) console.log(`  PROBLEM ${problem}`);
    failed += problems.length;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
console.log(failed === 0 ? 'no problem was found' : `${failed} problems were found`);
process.exitCode = failed === 0 ? 0 : 1;
