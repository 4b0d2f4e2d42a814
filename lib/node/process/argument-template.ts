import type { ChunkTask } from '../../ports/worker-adapter.js';

const grammar =
  'placeholders are {index}, {attempt}, {jobId}, {start}, {end}, {chunk}, {chunk.<path>} and {output}, and {{ and }} stand for braces';
const names = new Set(['index', 'attempt', 'jobId', 'start', 'end', 'chunk', 'output']);

/** Text, or the path of a value that takes its place: `['chunk', 'url']`. */
type Part = string | readonly string[];

/**
 * One argument of a command with placeholders in it. Each stays within its argument: nothing is split, quoted
 * or given to a shell.
 */
export class ArgumentTemplate {
  readonly #text: string;
  readonly #parts: readonly Part[];

  /**
   * @param text - for example `--range={start}-{end}`
   * @throws RangeError for a placeholder that does not exist, or a brace that stands alone
   */
  constructor(text: string) {
    this.#text = text;
    this.#parts = parse(text);
  }

  /** Whether it has the placeholder `{name}`, or, without a name, any. */
  has(name?: string): boolean {
    return this.#parts.some((part) => typeof part !== 'string' && (name === undefined || part[0] === name));
  }

  /**
   * The argument for one attempt.
   *
   * @param task - the attempt
   * @param output - what `{output}` stands for
   * @throws RangeError if the chunk does not have what a placeholder names
   */
  fill(task: ChunkTask, output: string | undefined): string {
    return this.#parts
      .map((part) => (typeof part === 'string' ? part : this.#valueAt(part, task, output)))
      .join('');
  }

  #valueAt(path: readonly string[], task: ChunkTask, output: string | undefined): string {
    const { index, attempt, jobId, chunk } = task;
    const [name] = path;
    const isPosition = name === 'start' || name === 'end';
    let value: unknown = { index, attempt, jobId, chunk, output };
    for (const key of isPosition ? ['chunk', name] : path) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? Reflect.get(value, key)
          : undefined;
    }
    if (value === undefined) {
      throw new RangeError(
        `Cannot fill '${this.#text}': the chunk must have what {${path.join('.')}} names, received ${excerpt(chunk)}`,
      );
    }
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
}

function parse(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    const [found, placeholder] = match;
    parts.push(text.slice(end, match.index));
    end = match.index + found.length;
    if (found === '{{' || found === '}}') {
      parts.push(found.charAt(0));
      continue;
    }
    const path = placeholder?.split('.') ?? [];
    const [name = ''] = path;
    const isKnown = names.has(name) && (path.length === 1 || (name === 'chunk' && !path.includes('')));
    if (!isKnown) throw new RangeError(`Cannot use command: ${grammar}, received '${found}' in '${text}'`);
    parts.push(path);
  }
  parts.push(text.slice(end));
  return parts.filter((part) => part !== '');
}

function excerpt(chunk: unknown): string {
  const json = JSON.stringify(chunk) ?? 'undefined';
  return json.length > 100 ? `${json.slice(0, 100)}…` : json;
}
