import { readFile } from 'node:fs/promises';
import { dirname, extname, parse as parsePath, resolve } from 'node:path';
import * as v from 'valibot';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { InvalidSpecError } from '../../errors/invalid-spec-error.js';
import { NotSerializableError } from '../../errors/not-serializable-error.js';
import { range } from '../../model/spec/chunk-range.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount, completeSpec } from '../../model/spec/job-spec.js';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { CliError } from '../cli-error.js';
import type { CommandJob } from '../store/command-job.js';
import { exitCode } from '../exit-code.js';
import { oneLine } from '../output/one-line.js';
import type { SpecFileContent } from './spec-file-content.js';
import { specFileSchema } from './spec-file-schema.js';

/** A spec file that was read and checked. */
export interface SpecFile {
  /** As it is stored; its metadata are `job`. */
  readonly spec: StoredSpec;
  readonly job: CommandJob;
}

/**
 * Reads a spec file.
 *
 * @param path - JSON if it is named `.json`, YAML otherwise
 * @param cwd - what the path is relative to
 * @throws CliError that names the file, the place in it, and what was expected there
 */
export async function loadSpecFile(path: string, cwd: string): Promise<SpecFile> {
  const file = resolve(cwd, path);
  const content = checked(path, await parsed(path, file));
  const folder = dirname(file);
  const { id = parsePath(file).name, kind = 'command', chunks } = content;
  const job = commandJob(content, resolve(folder, content.cwd ?? '.'));
  try {
    const spec = completeSpec<unknown>({
      id,
      kind,
      chunks: 'total' in chunks ? range(chunks.total, chunks.size) : chunks,
      metadata: stripped(job),
    });
    checkTemplates(path, content, spec);
    return { spec, job };
  } catch (error) {
    if (error instanceof NotSerializableError)
      throw refusal(path, `${error.path} must survive JSON, received ${error.problem}`, error);
    if (!(error instanceof InvalidSpecError)) throw error;
    const hint =
      content.id === undefined && error.path === 'id'
        ? ' (the name of the file, since there is no id in it)'
        : '';
    throw refusal(path, `${error.path} ${error.problem}${hint}`, error);
  }
}

async function parsed(path: string, file: string): Promise<unknown> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError(exitCode.usage, `Cannot read spec file ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    return extname(file).toLowerCase() === '.json'
      ? (JSON.parse(source) as unknown)
      : (parseYaml(source, { logLevel: 'error' }) as unknown);
  } catch (cause) {
    const { message } = cause as Error;
    // Of YAML the first line says what and where; a picture of the place follows.
    throw refusal(
      path,
      `it does not parse: ${cause instanceof YAMLParseError ? message.split('\n', 1).join('').replace(/:$/, '') : message}`,
      cause,
    );
  }
}

function checked(path: string, content: unknown): SpecFileContent {
  const { success, issues, output } = v.safeParse(specFileSchema, content);
  if (success) return output;
  // A name that is not known is often the reason why another one is missing.
  const issue = issues.find(({ expected }) => expected === 'never') ?? issues[0];
  throw refusal(path, `${placeOf(issue)} ${issue.message}, received ${shown(issue)}`, undefined);
}

function placeOf({ path }: v.BaseIssue<unknown>): string {
  if (path === undefined) return 'the whole';
  return path
    .map(({ key }, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
    )
    .join('');
}

function shown({ expected, input, path }: v.BaseIssue<unknown>): string {
  const value = expected === 'never' ? path?.at(-1)?.value : input;
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  if (json === undefined) return 'nothing';
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

function commandJob(content: SpecFileContent, cwd: string): CommandJob {
  const { command, env, inheritEnv, result, output, merge } = content;
  const {
    concurrency,
    retry,
    startRate,
    attemptTimeoutMs,
    stallTimeoutMs,
    jobTimeoutMs,
    stopGraceMs,
    tolerate,
  } = content;
  return {
    work: { command, cwd, env, inheritEnv, result, output, merge },
    pace: {
      concurrency,
      retry,
      startRate,
      attemptTimeoutMs,
      stallTimeoutMs,
      jobTimeoutMs,
      stopGraceMs,
      tolerate,
    },
  };
}

/**
 * Fills the templates, as a trial, so that a chunk that does not fit is found before the first one is run.
 */
function checkTemplates(
  path: string,
  { command, output, merge }: SpecFileContent,
  { id, chunks }: StoredSpec,
): void {
  const attempt = { jobId: id, attempt: 1 };
  const ofChunks = command.map((argument, place) => ({
    place: `command[${place}]`,
    template: templateOf(path, `command[${place}]`, argument),
  }));
  if (ofChunks[0]!.template.has())
    throw refusal(
      path,
      `command[0] must be a fixed program, received ${JSON.stringify(command[0])}`,
      undefined,
    );
  for (const { place, template } of ofChunks) {
    if (output === undefined && template.has('output'))
      throw refusal(path, `${place} must not hold {output} where the spec has no output`, undefined);
  }
  if (output !== undefined) {
    const template = templateOf(path, 'output', output);
    if (template.has('output') || template.has('attempt'))
      throw refusal(
        path,
        `output must not hold {output} or {attempt}, received ${JSON.stringify(output)}`,
        undefined,
      );
    ofChunks.push({ place: 'output', template });
  }

  // The chunks of a range are all alike.
  const looksAt = Array.isArray(chunks) ? chunkCount(chunks) : 1;
  const outputs = new Map<string, number>();
  for (let index = 0; index < looksAt; index++) {
    const task = { ...attempt, index, chunk: chunkAt(chunks, index) } as ChunkTask;
    for (const { place, template } of ofChunks) {
      const filled = fill(path, place, template, task);
      if (place !== 'output') continue;
      const other = outputs.get(filled);
      if (other !== undefined)
        throw refusal(
          path,
          `output must be another file for each chunk, received '${filled}' for chunks ${other} and ${index}`,
          undefined,
        );
      outputs.set(filled, index);
    }
  }
  if (
    output !== undefined &&
    chunkCount(chunks) > looksAt &&
    !['index', 'start', 'end', 'chunk'].some((name) => templateOf(path, 'output', output).has(name))
  ) {
    throw refusal(
      path,
      `output must be another file for each chunk, received '${output}' for all of them`,
      undefined,
    );
  }

  for (const [place, argument] of Object.entries(mergeTemplates(merge))) {
    const template = templateOf(path, place, argument);
    const hasOther = ['index', 'attempt', 'start', 'end', 'chunk'].some((name) => template.has(name));
    const isOutput = template.has('output') && (place === 'merge.output' || merge?.output === undefined);
    if (hasOther || isOutput) {
      throw refusal(
        path,
        `${place} must hold no placeholders but {jobId}, and {output} in the command where the merge has an output, received ${JSON.stringify(argument)}`,
        undefined,
      );
    }
  }
}

function mergeTemplates(merge: SpecFileContent['merge']): Record<string, string> {
  if (merge === undefined) return {};
  const { command, output } = merge;
  return {
    ...Object.fromEntries(command.map((argument, index) => [`merge.command[${index}]`, argument])),
    ...(output !== undefined && { 'merge.output': output }),
  };
}

function templateOf(path: string, place: string, argument: string): ArgumentTemplate {
  try {
    return new ArgumentTemplate(argument);
  } catch (cause) {
    throw refusal(path, `${place}: ${(cause as Error).message.replace(/^Cannot use command: /, '')}`, cause);
  }
}

function fill(path: string, place: string, template: ArgumentTemplate, task: ChunkTask): string {
  try {
    return template.fill(task, '');
  } catch (cause) {
    throw refusal(
      path,
      `${place} does not fit chunks[${task.index}]: ${(cause as Error).message.replace(/^Cannot fill '[^]*?': (?=the chunk )/, '')}`,
      cause,
    );
  }
}

function refusal(path: string, problem: string, cause: unknown): CliError {
  return new CliError(
    exitCode.usage,
    `Cannot use spec file ${path}: ${oneLine(problem)}`,
    cause === undefined ? undefined : { cause },
  );
}

/** Without what is `undefined`, as it is read back. */
function stripped(job: CommandJob): StoredSpec['metadata'] {
  return JSON.parse(JSON.stringify(job)) as StoredSpec['metadata'];
}
