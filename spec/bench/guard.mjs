// `npm run check:bench` measures the rows that have a guard, in a small way, and fails where one is beyond it. A figure that is beyond is measured again, and
// the best one counts: what other processes do at the same time can hide a regression for once, and is never taken for one.
import { benchRows, isWithin, shown } from './rows.mjs';

const attempts = 8;

const best = new Map();
for (let attempt = 1; attempt <= attempts; attempt++) {
  const { rows } = benchRows({
    counts: [100_000],
    rounds: 3,
    processes: 1,
    long: 1_000_000,
    slow: 3_000,
    watchers: [100, 1_000],
  });
  const open = rows.filter((row) => row.guard !== undefined && !isGuarded(row));
  for (const row of open) {
    const [figure] = Object.values(await row.figures());
    const before = best.get(row.what);
    best.set(row.what, before === undefined || isWithin(row, before, figure) ? figure : before);
    console.log(
      `${isGuarded(row) ? 'ok  ' : 'over'} ${row.what}: ${shown(row, figure)}, the guard is at ${shown(row, row.guard)}`,
    );
  }
  if (attempt === attempts) {
    for (const row of open.filter((row) => !isGuarded(row))) {
      console.error(
        `Cannot accept the cost of "${row.what}": it must be ${row.least === undefined ? 'at most' : 'at least'} ${shown(row, row.guard)}, was ${shown(row, best.get(row.what))} at best in ${attempts} attempts`,
      );
      process.exitCode = 1;
    }
  }
}

function isGuarded(row) {
  return best.has(row.what) && isWithin(row, row.guard, best.get(row.what));
}
