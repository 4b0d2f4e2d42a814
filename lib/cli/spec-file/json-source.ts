import { jsonTokens, syntaxErrorAt } from './json-syntax.js';
import type { SpecProblem, ValuePath } from './spec-problem.js';
import { pathText } from './spec-problem.js';
import type { SourceSpan, SpecSource } from './spec-source.js';
import { maxDepth } from './spec-source.js';

/** A list or a mapping on the way to a place in a text. */
interface Container {
  readonly isList: boolean;
  /** The names that a mapping has so far. */
  readonly names: Set<string>;
  /** The index or name of the value that comes next, or is there. */
  key: number | string;
}

/** What stands at a place: the beginning of a value, or the name of an entry. */
interface Place extends SourceSpan {
  readonly path: ValuePath;
  readonly isName: boolean;
  readonly isRepeated: boolean;
}

/**
 * JSON. Looked through besides being parsed: `JSON.parse` takes the last of two equal names, and does not say
 * where a value stands.
 */
export function jsonSource(text: string): SpecSource {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { value: undefined, problems: [syntaxProblem(text, error as Error)], find: nowhere };
  }
  const problems: SpecProblem[] = [];
  for (const { path, offset, length, isRepeated } of placesOf(text)) {
    if (isRepeated)
      problems.push({
        path,
        offset,
        length,
        problem: `${pathText(path)} must be given once, received it again`,
      });
    if (path.length <= maxDepth) continue;
    return { value: undefined, problems: [tooDeep(offset)], find: nowhere };
  }
  return { value, problems, find: (path, ofName) => find(text, path, ofName) };
}

/** The problem of a text whose values are within each other too often. */
export function tooDeep(offset: number): SpecProblem {
  return {
    path: [],
    offset,
    problem: `must hold no more than ${maxDepth} lists and mappings within each other`,
  };
}

function nowhere(): SourceSpan {
  return { offset: 0, length: 0 };
}

function syntaxProblem(text: string, { message }: Error): SpecProblem {
  // What follows is an excerpt, or a position, where there is one.
  const what = message.replace(/(?:, (?:\.\.\.|").*| in JSON.*| \(line .*)$/s, '');
  return { path: [], problem: `it does not parse as JSON: ${what}`, offset: syntaxErrorAt(text) };
}

/** All that stands in a text that is known to be JSON. */
function* placesOf(text: string): Generator<Place> {
  const stack: Container[] = [];
  let isName = false;
  const pathOf = (): ValuePath => stack.map(({ key }) => key);
  for (const match of jsonTokens(text)) {
    const [token] = match;
    const place = { offset: match.index, length: token.length };
    const inner = stack.at(-1);
    switch (token) {
      case '{':
      case '[':
        yield { ...place, path: pathOf(), isName: false, isRepeated: false };
        stack.push({ isList: token === '[', names: new Set(), key: 0 });
        isName = token === '{';
        break;
      case '}':
      case ']':
        stack.pop();
        isName = false;
        break;
      case ',':
        if (inner!.isList) (inner!.key as number) += 1;
        isName = !inner!.isList;
        break;
      case ':':
        isName = false;
        break;
      default: {
        let isRepeated = false;
        if (isName) {
          const name = JSON.parse(token) as string;
          isRepeated = inner!.names.has(name);
          inner!.names.add(name);
          inner!.key = name;
        }
        yield { ...place, path: pathOf(), isName, isRepeated };
      }
    }
  }
}

function find(text: string, path: ValuePath, ofName: boolean): SourceSpan {
  let nearest: SourceSpan & { readonly depth: number } = { offset: 0, length: 1, depth: -1 };
  for (const { path: at, offset, length, isName } of placesOf(text)) {
    if (isName && !(ofName && at.length === path.length)) continue;
    if (at.length > path.length || at.length <= nearest.depth || at.some((key, i) => key !== path[i]))
      continue;
    nearest = { offset, length, depth: at.length };
    if (at.length === path.length) break;
  }
  return nearest;
}
