import type { JobState } from '../../lib/model/job-state.js';
import { commandTable, eventTable } from '../../lib/model/transitions.js';

/** A table of `docs/states.md`, and the comment that marks its place. */
interface StateTable {
  readonly name: string;
  readonly table: string;
}

/** The tables of `lib/model/transitions.ts` as Markdown: an event or a command a row, a state a column. */
export function stateTables(): readonly StateTable[] {
  const states = Object.keys(eventTable) as JobState[];
  const live = states.filter((state) => Object.keys(eventTable[state]).length > 0);
  return [
    { name: 'events', table: markdown('event', live, rowsOf(eventTable, live)) },
    { name: 'commands', table: markdown('command', states, rowsOf(commandTable, states)) },
  ];
}

type Rows = ReadonlyMap<string, readonly string[]>;

function rowsOf(
  table: { readonly [state in JobState]: { readonly [row: string]: string } },
  states: readonly JobState[],
): Rows {
  const names = new Set(states.flatMap((state) => Object.keys(table[state])));
  return new Map([...names].map((name) => [name, states.map((state) => table[state][name] ?? '')]));
}

function markdown(corner: string, states: readonly string[], rows: Rows): string {
  const lines = [
    [corner, ...states],
    ['---', ...states.map(() => '---')],
    ...[...rows].map(([name, cells]) => [`\`${name}\``, ...cells]),
  ];
  return lines
    .map((cells) => `| ${cells.map((cell) => (cell === '' ? '·' : cell)).join(' | ')} |`)
    .join('\n');
}
