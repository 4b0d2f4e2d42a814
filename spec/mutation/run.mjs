// Runs the specs of a folder against every mutant of mutants.json: what the mutators of Stryker cannot make, an operator
// swapped for another, two statements exchanged, a fact forgotten. Ends with 1 if one survives.
//
//   node spec/mutation/run.mjs [text that the file or the mutant contains]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wanted = process.argv[2] ?? '';
const mutants = JSON.parse(readFileSync(new URL('mutants.json', import.meta.url), 'utf8'));

/** The specs that have to kill the mutants of a folder, the quickest first. */
const specsOf = {
  chunks: ['spec/chunks', 'spec/operators/run-chunks', 'spec/executor', 'spec/manager'],
  executor: ['spec/executor', 'spec/chunks', 'spec/manager'],
  operators: ['spec/operators', 'spec/manager'],
  manager: ['spec/manager'],
};

/** Whether the specs of the folder pass, with the mutant or as the code is. One that loops for ever does not pass. */
async function passes(folder, mutant) {
  const args = ['vitest', 'run', '--config', 'spec/mutation/vitest.config.ts', '--bail', '1'];
  const child = spawn('npx', [...args, ...specsOf[folder]], {
    cwd: root,
    env: { ...process.env, SLUICE_MUTANT: mutant === undefined ? '' : JSON.stringify(mutant) },
    stdio: 'ignore',
    detached: true,
  });
  // The whole group: a worker that loops hears of nothing.
  const timeout = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 180_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timeout);
  return code === 0;
}

const folderOf = ({ file }) => file.split('/')[1];
const nameOf = ({ file, search, replace }) =>
  `${file}: ${search} → ${replace === '' ? '(nothing)' : replace}`;

const chosen = mutants.filter((mutant) => nameOf(mutant).includes(wanted));
const stale = chosen.filter(
  ({ file, search }) => readFileSync(root + file, 'utf8').split(search).length !== 2,
);
for (const mutant of stale) console.log(`stale     ${nameOf(mutant)}`);
for (const folder of new Set(chosen.map(folderOf))) {
  if (await passes(folder)) continue;
  console.log(`the specs of lib/${folder} fail as the code is`);
  process.exit(2);
}
let survivors = 0;
for (const mutant of chosen) {
  if (stale.includes(mutant)) continue;
  const survives = await passes(folderOf(mutant), mutant);
  if (survives) survivors += 1;
  console.log(`${survives ? 'survives ' : 'killed   '} ${nameOf(mutant)}`);
}
console.log(`${chosen.length} mutants, ${survivors} survive, ${stale.length} stale`);
process.exit(survivors + stale.length > 0 ? 1 : 0);
