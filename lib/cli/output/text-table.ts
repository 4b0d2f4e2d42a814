import { oneLine } from './one-line.js';

/**
 * Rows of cells as lines, each column as wide as its widest cell. Numbers stand at the right. No cell does
 * anything but be read.
 */
export function textTable(given: readonly (readonly (string | number)[])[]): string {
  const rows = given.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : oneLine(cell))));
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => aligned(cell, widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function aligned(cell: string | number, width: number): string {
  return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
}
