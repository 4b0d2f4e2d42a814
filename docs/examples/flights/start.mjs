// What `npm start` does: builds Sluice if need be, runs the main job, and shows what came of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = fileURLToPath(new URL('.', import.meta.url));
const command = join(root, 'dist/cli/main.cjs');

if (!existsSync(command)) {
  console.error('Sluice is built, once: that takes about half a minute.');
  try {
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'pipe' });
  } catch ({ stdout, stderr }) {
    console.error(`${stdout}${stderr}`);
    process.exit(1);
  }
}

// The command runs in this process: it hears Ctrl-C, and says when it has ended, as it does elsewhere.
process.argv.splice(1, Infinity, command, 'run', relative(process.cwd(), join(folder, 'flights.yaml')));
process.once('exit', (code) => {
  if (code === 0) console.error(report());
});
await import(command);

/** The files, and the numbers of the chart as a table. */
function report() {
  const file = (name) => relative(process.cwd(), join(folder, 'out', name));
  const { hours } = JSON.parse(readFileSync(join(folder, 'out/flights-summary.json'), 'utf8'));
  const row = (cells) => cells.map((cell) => String(cell).padStart(8)).join('');
  const lines = hours
    .filter(({ flights }) => flights > 0)
    .map(({ hour, flights, lateFlights }) =>
      row([
        `${String(hour).padStart(2, '0')}:00`,
        flights,
        lateFlights,
        `${Math.round((lateFlights / flights) * 100)} %`,
      ]),
    );
  return [
    '',
    row(['hour', 'flights', 'late', 'share']),
    ...lines,
    '',
    `the chart:   ${file('flights-delays.svg')}`,
    `the numbers: ${file('flights-summary.json')}`,
  ].join('\n');
}
