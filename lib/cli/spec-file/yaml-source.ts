import type { CST, Document, Node, Pair } from 'yaml';
import { Composer, isMap, isNode, isPair, isScalar, isSeq, Parser } from 'yaml';
import { tooDeep } from './json-source.js';
import type { SpecProblem, ValuePath } from './spec-problem.js';
import type { SourceSpan, SpecSource } from './spec-source.js';
import { maxDepth } from './spec-source.js';

/** YAML 1.2. */
export function yamlSource(text: string): SpecSource {
  const tokens = [...new Parser().parse(text)];
  // Composing calls itself for each level.
  const tooDeepAt = firstTooDeep(tokens);
  if (tooDeepAt !== undefined) return { value: undefined, problems: [tooDeep(tooDeepAt)], find: nowhere };
  const options = { logLevel: 'error', prettyErrors: false } as const;
  const [document, other] = [...new Composer(options).compose(tokens, true, text.length)];
  if (document === undefined) return { value: null, problems: [], find: nowhere };
  const problems = document.errors.map(({ message, pos: [offset] }) => unparsed(message, offset));
  if (other !== undefined) problems.push(unparsed('there must be one document', other.range[0]));
  if (problems.length > 0) return { value: undefined, problems, find: nowhere };
  try {
    const value = document.toJS() as unknown;
    return { value, problems, find: (path, ofName) => find(document, path, ofName) };
  } catch (error) {
    // Aliases of aliases can stand for more than there is room for.
    return { value: undefined, problems: [unparsed((error as Error).message, 0)], find: nowhere };
  }
}

function unparsed(problem: string, offset: number): SpecProblem {
  return { path: [], problem: `it does not parse as YAML: ${problem}`, offset };
}

/** Where a list or a mapping begins that is within too many others. */
function firstTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const left: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({
    token,
    depth: 0,
  }));
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { token, depth } = at;
    if (depth > maxDepth) return token.offset;
    const within =
      'items' in token
        ? token.items.flatMap(({ key, value }) => [key, value])
        : 'value' in token
          ? [token.value]
          : [];
    const inner = depth + ('items' in token ? 1 : 0);
    for (const child of within)
      if (child && typeof child === 'object') left.push({ token: child, depth: inner });
  }
  return undefined;
}

function nowhere(): SourceSpan {
  return { offset: 0, length: 0 };
}

function find(document: Document, path: ValuePath, ofName: boolean): SourceSpan {
  let node: unknown = document.contents;
  let nearest = spanOf(node) ?? nowhere();
  for (const [depth, key] of path.entries()) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find((item) => keyText(item) === String(key))
      : undefined;
    if (ofName && depth === path.length - 1 && pair !== undefined) return spanOf(pair.key) ?? nearest;
    node = isSeq(node) ? node.items[Number(key)] : pair?.value;
    nearest = spanOf(node) ?? nearest;
  }
  return nearest;
}

function keyText(item: unknown): string | undefined {
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined;
}

function spanOf(node: unknown): SourceSpan | undefined {
  if (!isNode(node)) return undefined;
  const { range } = node as Node;
  return range ? { offset: range[0], length: range[1] - range[0] } : undefined;
}
