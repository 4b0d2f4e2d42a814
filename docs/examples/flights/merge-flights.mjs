// The merge: reads the outcomes of all chunks, in chunk order, from stdin, and writes flights-summary.json and flights-delays.svg.
//
//   node merge-flights.mjs --rows 200000 --out out < outcomes.ndjson
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { delayChart } from './delay-chart.mjs';

/** From how many minutes on a flight counts as late: the threshold of the US Department of Transportation. */
const lateFromMinutes = 15;

const { values } = parseArgs({
  options: { rows: { type: 'string' }, out: { type: 'string', default: 'out' } },
});

let rows = 0;
let miles = 0;
/** @type {Map<number, number>[]} for each hour of the day: delay in minutes → flights */
const byHour = Array.from({ length: 24 }, () => new Map());
for await (const line of createInterface({ input: process.stdin })) {
  const { result } = JSON.parse(line);
  rows += result.rows;
  miles += result.miles;
  for (const [hour, counts] of result.delays) {
    for (const [delay, flights] of counts) byHour[hour].set(delay, (byHour[hour].get(delay) ?? 0) + flights);
  }
}

// Stdin also ends when the process that writes it is killed. A summary of the first half would look like one of the whole.
if (rows !== Number(values.rows))
  throw new RangeError(
    `Cannot merge flights: there must be outcomes of ${values.rows} rows, received those of ${rows}`,
  );

const wholeDay = new Map();
for (const counts of byHour)
  for (const [delay, flights] of counts) wholeDay.set(delay, (wholeDay.get(delay) ?? 0) + flights);
const summary = {
  source: 'vega-datasets/data/flights-200k.json',
  lateFromMinutes,
  ...delaysIn(wholeDay),
  miles,
  hours: byHour.map((counts, hour) => ({ hour, ...delaysIn(counts) })),
};

// Both files are whole before either has its name. The names carry the process: a merge that was left behind may still be at it.
mkdirSync(values.out, { recursive: true });
const files = Object.entries({
  'flights-summary.json': `${JSON.stringify(summary, undefined, 2)}\n`,
  'flights-delays.svg': delayChart(summary),
}).map(([name, content]) => ({
  path: join(values.out, name),
  temporaryPath: join(values.out, `.${name}.${process.pid}.part`),
  content,
}));
for (const { temporaryPath, content } of files) writeFileSync(temporaryPath, content);
for (const { path, temporaryPath } of files) renameSync(temporaryPath, path);

/** What a histogram of delays in minutes says; percentiles by nearest rank, `null` where there are no flights. */
function delaysIn(counts) {
  const sorted = [...counts].sort((one, other) => one[0] - other[0]);
  const flights = sum(sorted);
  return {
    flights,
    lateFlights: sum(sorted.filter(([delay]) => delay >= lateFromMinutes)),
    delayMinutes: {
      sum: sorted.reduce((total, [delay, count]) => total + delay * count, 0),
      min: sorted.at(0)?.[0] ?? null,
      p10: percentile(sorted, flights, 10),
      median: percentile(sorted, flights, 50),
      p90: percentile(sorted, flights, 90),
      max: sorted.at(-1)?.[0] ?? null,
    },
  };
}

function sum(counts) {
  return counts.reduce((total, [, count]) => total + count, 0);
}

/** The least delay that `percent` % of the flights do not exceed. */
function percentile(sorted, flights, percent) {
  let below = 0;
  for (const [delay, count] of sorted) {
    below += count;
    if (below * 100 >= flights * percent) return delay;
  }
  return null;
}
