// One chunk: counts the delays of the rows from --start (inclusive) to --end (exclusive), and prints the counts as one line of JSON.
//
//   node summarize-flights.mjs --start 0 --end 1600 [--data rows.json]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { start: { type: 'string' }, end: { type: 'string' }, data: { type: 'string' } },
});
const start = Number(values.start);
const end = Number(values.end);
const path =
  values.data ?? fileURLToPath(new URL('../data/flights-200k.json', import.meta.resolve('vega-datasets')));

/** @type {{ delay: number, distance: number, time: number }[]} */
const all = JSON.parse(readFileSync(path, 'utf8'));
const rows = all.slice(start, end);
if (rows.length === 0 || rows.length !== end - start)
  throw new RangeError(`Cannot summarize rows ${start} to ${end}: there are ${all.length}`);

/** Whole numbers all the way: a sum of floats would depend on how the rows were cut into chunks. */
let miles = 0;
/** @type {Map<number, Map<number, number>>} hour of the day → delay in minutes → flights */
const byHour = new Map();
for (const { delay, distance, time } of rows) {
  if (!Number.isInteger(delay) || !Number.isInteger(distance))
    throw new TypeError(`Cannot summarize a flight that is not counted in whole minutes and miles`);
  miles += distance;
  // Times are minutes in parts of an hour, so 16.05 can be a little less than 963 minutes.
  const hour = Math.floor(Math.round(time * 60) / 60);
  const delays = byHour.get(hour) ?? new Map();
  delays.set(delay, (delays.get(delay) ?? 0) + 1);
  byHour.set(hour, delays);
}

const ascending = (one, other) => one[0] - other[0];
const delays = [...byHour].sort(ascending).map(([hour, counts]) => [hour, [...counts].sort(ascending)]);
console.log(JSON.stringify({ rows: rows.length, miles, delays }));
