import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import type { SpecFileContent } from './spec-file-content.js';
import type { SpecProblem, ValuePath } from './spec-problem.js';
import { pathText } from './spec-problem.js';

/** A template that is filled for each chunk. */
interface PlacedTemplate {
  readonly path: ValuePath;
  readonly template: ArgumentTemplate;
}

const ofChunk = ['index', 'start', 'end', 'chunk'];

/**
 * Fills the templates, as a trial, so that a chunk that does not fit is found before the first one is run.
 */
export function templateProblems(content: SpecFileContent, spec: StoredSpec): readonly SpecProblem[] {
  const check = new TemplateCheck();
  check.command(content);
  check.output(content.output);
  check.fill(spec);
  check.merge(content.merge);
  return check.problems;
}

class TemplateCheck {
  readonly problems: SpecProblem[] = [];
  readonly #ofChunks: PlacedTemplate[] = [];
  #output: PlacedTemplate | undefined = undefined;
  #outputText = '';

  command({ command, output }: SpecFileContent): void {
    for (const [place, argument] of command.entries()) {
      const path = ['command', place];
      const template = this.#parsed(path, argument);
      if (template === undefined) continue;
      if (place === 0 && template.has())
        this.#add(path, `must be a fixed program, received ${JSON.stringify(argument)}`);
      else if (output === undefined && template.has('output'))
        this.#add(path, 'must not hold {output} where the spec has no output');
      else this.#ofChunks.push({ path, template });
    }
  }

  output(output: string | undefined): void {
    if (output === undefined) return;
    const path = ['output'];
    const template = this.#parsed(path, output);
    if (template === undefined) return;
    if (template.has('output') || template.has('attempt')) {
      this.#add(path, `must not hold {output} or {attempt}, received ${JSON.stringify(output)}`);
      return;
    }
    this.#output = { path, template };
    this.#outputText = output;
    this.#ofChunks.push(this.#output);
  }

  fill({ id, chunks }: StoredSpec): void {
    const count = chunkCount(chunks);
    const isRange = !Array.isArray(chunks);
    // The chunks of a range are all alike.
    const looksAt = isRange ? Math.min(1, count) : count;
    const outputs = new Map<string, number>();
    const open = new Set(this.#ofChunks);
    for (let index = 0; index < looksAt; index++) {
      const task = { jobId: id, attempt: 1, index, chunk: chunkAt(chunks, index) } as ChunkTask;
      for (const placed of open) {
        const filled = this.#filled(placed, task);
        if (filled === undefined) open.delete(placed);
        if (filled === undefined || placed !== this.#output) continue;
        const other = outputs.get(filled);
        outputs.set(filled, index);
        if (other === undefined) continue;
        open.delete(placed);
        this.#add(
          placed.path,
          `must be another file for each chunk, received '${filled}' for chunks ${other} and ${index}`,
        );
      }
    }
    const [output, content] = [this.#output, this.#outputText];
    if (isRange && count > 1 && output && !ofChunk.some((name) => output.template.has(name)))
      this.#add(output.path, `must be another file for each chunk, received '${content}' for all of them`);
  }

  merge(merge: SpecFileContent['merge']): void {
    if (merge === undefined) return;
    const { command, output } = merge;
    const places: [ValuePath, string][] = command.map((argument, place) => [
      ['merge', 'command', place],
      argument,
    ]);
    if (output !== undefined) places.push([['merge', 'output'], output]);
    for (const [path, argument] of places) {
      const template = this.#parsed(path, argument);
      if (template === undefined) continue;
      const hasOther = ['attempt', ...ofChunk].some((name) => template.has(name));
      const isOutput = template.has('output') && (path[1] === 'output' || output === undefined);
      if (hasOther || isOutput)
        this.#add(
          path,
          `must hold no placeholders but {jobId}, and {output} in the command where the merge has an output, received ${JSON.stringify(argument)}`,
        );
    }
  }

  #parsed(path: ValuePath, argument: string): ArgumentTemplate | undefined {
    try {
      return new ArgumentTemplate(argument);
    } catch (error) {
      this.problems.push({
        path,
        problem: `${pathText(path)}: ${(error as Error).message.replace(/^Cannot use command: /, '')}`,
      });
      return undefined;
    }
  }

  #filled({ path, template }: PlacedTemplate, task: ChunkTask): string | undefined {
    try {
      const filled = template.fill(task, '');
      if (!filled.includes('\0')) return filled;
      this.#misfit(path, task.index, 'an argument cannot hold a NUL, received one');
    } catch (error) {
      this.#misfit(
        path,
        task.index,
        (error as Error).message.replace(/^Cannot fill '[^]*?': (?=the chunk )/, ''),
      );
    }
    return undefined;
  }

  /** What does not fit is the chunk: it is the place that is shown. */
  #misfit(path: ValuePath, index: number, problem: string): void {
    this.problems.push({
      path: ['chunks', index],
      problem: `${pathText(path)} does not fit chunks[${index}]: ${problem}`,
    });
  }

  #add(path: ValuePath, problem: string): void {
    this.problems.push({ path, problem: `${pathText(path)} ${problem}` });
  }
}
