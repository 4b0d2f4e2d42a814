// `npm run bench` prints the table; `npm run bench -- --write` also puts it into docs/performance.md, and draws the chart.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { chartOf } from './chart.mjs';
import { any, benchRows, isWithin, names, shown } from './rows.mjs';

const counts = [1_000, 10_000, 100_000, 1_000_000];
const columns = [...counts, any];

const { rows, cost } = benchRows({
  counts,
  rounds: 5,
  processes: 3,
  long: 1_000_000,
  slow: 10_000,
  watchers: [10, 100, 1_000, 4_000],
});

const written = [];
for (const row of rows) {
  const figures = await row.figures();
  const cells = columns.map((column) => (figures[column] === undefined ? '' : shown(row, figures[column])));
  written.push(`| ${[row.what, ...cells, boundOf(row), verdict(row, figures)].join(' | ')} |`);
  console.log(written.at(-1));
}

if (process.argv.includes('--write')) {
  const page = new URL('../../docs/performance.md', import.meta.url);
  const heads = ['what', ...columns.map((column) => column.toLocaleString('en-US')), 'to reach', 'reached'];
  const table = [
    `| ${heads.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(columns.length)} --- | --- |`,
    ...written,
  ].join('\n');
  const machine = `One run on Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}).`;
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(
      /(<!-- bench -->)[^]*(<!-- \/bench -->)/,
      (_, open, close) => `${open}\n${machine}\n\n${table}\n${close}`,
    ),
  );

  const points = [];
  for (const [name, contender] of Object.entries(names)) {
    for (const [count, multiple] of Object.entries(await cost(name)))
      points.push({ contender, count: Number(count), multiple });
  }
  writeFileSync(new URL('images/cost-a-chunk.svg', page), await chartOf(points));
}

function boundOf({ most, least, at, ...row }) {
  if (most === undefined && least === undefined) return '';
  const bound = most === undefined ? `${least === 1 ? '>' : '≥'} ${least}` : `≤ ${most}`;
  return `${bound} ${row.unit ?? '×'}${at === undefined ? '' : ` at ${at.toLocaleString('en-US')}`}`;
}

/** Whether each figure is what it must be; otherwise, for how many chunks it is not. */
function verdict(row, figures) {
  const bound = row.most ?? row.least;
  if (bound === undefined) return '';
  const missed = columns.filter(
    (column) =>
      figures[column] !== undefined &&
      (row.at ?? column) === column &&
      !isWithin(row, bound, figures[column]),
  );
  if (missed.length === 0) return 'yes';
  return missed.length === Object.keys(figures).length
    ? '**no**'
    : `**no**: ${missed.map((count) => count.toLocaleString('en-US')).join(', ')}`;
}
