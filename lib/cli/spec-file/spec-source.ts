import type { SpecProblem, ValuePath } from './spec-problem.js';

/** Where something stands in a text, in UTF-16 units from 0. */
export interface SourceSpan {
  readonly offset: number;
  readonly length: number;
}

/** A text that holds a value, JSON or YAML. */
export interface SpecSource {
  /** The value; `undefined` where the text holds none. */
  readonly value: unknown;
  /** What is wrong with the text itself. */
  readonly problems: readonly SpecProblem[];
  /**
   * Where the value at `path` stands, or the name of its entry; the nearest value around it where it is not
   * there.
   */
  readonly find: (path: ValuePath, ofName: boolean) => SourceSpan;
}

/** How deep lists and mappings may be within each other. */
export const maxDepth = 100;
