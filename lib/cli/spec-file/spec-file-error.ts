import { LineCounter } from 'yaml';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';
import { oneLine } from '../output/one-line.js';
import type { SpecProblem } from './spec-problem.js';
import type { SourceSpan, SpecSource } from './spec-source.js';

const shownProblems = 20;
/** So that the picture fits into 80 columns, with a line number of four digits. */
const shownColumns = 70;

/** All that is wrong with a spec file, each with its place. */
export class SpecFileError extends CliError {
  readonly problems: readonly SpecProblem[];

  /**
   * @param path - the file, as the user has written it
   * @param text - what it holds
   */
  constructor(
    path: string,
    text: string,
    source: SpecSource,
    problems: readonly SpecProblem[],
    options?: ErrorOptions,
  ) {
    const lines = new Lines(text);
    const placed = problems
      .map(({ problem, path: at, offset, length = 1, ofName = false }) => ({
        problem: oneLine(problem),
        span: offset === undefined ? source.find(at, ofName) : { offset, length },
      }))
      .sort((one, other) => one.span.offset - other.span.offset);
    const shown = placed
      .slice(0, shownProblems)
      .map(
        ({ problem, span }) => `${oneLine(path)}:${lines.place(span)}: ${problem}\n${lines.picture(span)}`,
      );
    const more = placed.length - shown.length;
    super(
      exitCode.usage,
      `Cannot use spec file ${path}: ${placed.map(({ problem }) => problem).join('; ')}`,
      {
        ...options,
        summary: `Cannot use spec file ${path}: it has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}`,
        details: `${shown.join('')}${more > 0 ? `and ${more} more\n` : ''}`,
      },
    );
    this.problems = problems;
  }
}

class Lines {
  readonly #text: string;
  readonly #counter = new LineCounter();

  constructor(text: string) {
    this.#text = text;
    this.#counter.addNewLine(0);
    for (const { index } of text.matchAll(/\n/g)) this.#counter.addNewLine(index + 1);
  }

  /** `line:column`, from 1. */
  place({ offset }: SourceSpan): string {
    const { line, col } = this.#counter.linePos(offset);
    return `${line}:${col}`;
  }

  /** The line, or as much of it as fits, with the place marked below. */
  picture({ offset, length }: SourceSpan): string {
    const { line, col } = this.#counter.linePos(offset);
    const start = offset - col + 1;
    const end = this.#text.indexOf('\n', start);
    const whole = this.#text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
    const from = Math.max(0, Math.min(col - 1 - shownColumns / 2, whole.length - shownColumns));
    // One column for each character: what is more than one, or none, would move the mark.
    const excerpt = whole
      .slice(from, from + shownColumns)
      .replace(/[^\x20-\x7e]/g, (character) =>
        /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? character : ' ',
      );
    const marked = Math.max(1, Math.min(length, excerpt.length - (col - 1 - from)));
    const margin = ' '.repeat(String(line).length);
    return `  ${line} | ${excerpt.trimEnd()}\n  ${margin} | ${' '.repeat(col - 1 - from)}${'^'.repeat(marked)}\n`;
  }
}
