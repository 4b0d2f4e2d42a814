/** A place in a value: names and indexes. */
export type ValuePath = readonly (string | number)[];

/** What is wrong with a spec file, and where. */
export interface SpecProblem {
  /** The place in the value; empty for the whole. */
  readonly path: ValuePath;
  /** What must hold there, and what was received. */
  readonly problem: string;
  /** The place in the text, where it is known better than by `path`: in UTF-16 units from 0. */
  readonly offset?: number | undefined;
  /** How much of the text is meant from there on. */
  readonly length?: number;
  /** Whether the name of the entry is meant, and not its value. */
  readonly ofName?: boolean;
}

/** `chunks[3].url`, as in JavaScript. */
export function pathText(path: ValuePath): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}
