/** What may come next in JSON. */
type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

/** The tokens of JSON, and runs of what is none. */
export function jsonTokens(text: string): Iterable<RegExpExecArray> {
  return text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g);
}

/** Where a text that is no JSON stops being it: `JSON.parse` does not always say. */
export function syntaxErrorAt(text: string): number {
  const stack: string[] = [];
  let expected: Expected | undefined = 'value';
  let end = 0;
  for (const { 0: token, index } of jsonTokens(text)) {
    const skipped = text.slice(end, index).search(/\S/);
    if (skipped !== -1) return end + skipped;
    expected = after(expected, token, stack);
    if (expected === undefined) return index;
    end = index + token.length;
  }
  const rest = text.slice(end).search(/\S/);
  return end + Math.max(0, rest);
}

/** What may follow a token; `undefined` if the token may not be there. */
function after(expected: Expected, token: string, stack: string[]): Expected | undefined {
  const takesValue = expected === 'value' || expected === 'value or end';
  switch (token) {
    case '{':
    case '[':
      stack.push(token);
      if (!takesValue) return undefined;
      return token === '{' ? 'name or end' : 'value or end';
    case '}':
    case ']': {
      const opened = stack.pop();
      const fits = token === '}' ? opened === '{' : opened === '[';
      if (!fits || !expected.endsWith('or end')) return undefined;
      return stack.length > 0 ? 'comma or end' : 'nothing';
    }
    case ',':
      if (expected !== 'comma or end') return undefined;
      return stack.at(-1) === '{' ? 'name' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    default:
      if (!isScalar(token)) return undefined;
      if (expected.startsWith('name')) return token.startsWith('"') ? 'colon' : undefined;
      if (!takesValue) return undefined;
      return stack.length > 0 ? 'comma or end' : 'nothing';
  }
}

function isScalar(token: string): boolean {
  try {
    JSON.parse(token);
    return true;
  } catch {
    return false;
  }
}
