import { dirname, extname, parse as parsePath, resolve } from 'node:path';
import * as v from 'valibot';
import { InvalidSpecError } from '../../errors/invalid-spec-error.js';
import { NotSerializableError } from '../../errors/not-serializable-error.js';
import { range } from '../../model/spec/chunk-range.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { completeSpec } from '../../model/spec/job-spec.js';
import type { CommandJob } from '../store/command-job.js';
import { templateProblems } from './check-templates.js';
import { jsonSource } from './json-source.js';
import { readSpecText } from './read-spec-text.js';
import type { SpecFileContent } from './spec-file-content.js';
import { SpecFileError } from './spec-file-error.js';
import { specFileSchema } from './spec-file-schema.js';
import type { SpecProblem, ValuePath } from './spec-problem.js';
import { pathText } from './spec-problem.js';
import { valueProblems } from './value-problems.js';
import { yamlSource } from './yaml-source.js';

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
 * @throws CliError that names the file; a `SpecFileError` all that is wrong in it, and where
 */
export async function loadSpecFile(path: string, cwd: string): Promise<SpecFile> {
  const file = resolve(cwd, path);
  const text = await readSpecText(path, file);
  const source = extname(file).toLowerCase() === '.json' ? jsonSource(text) : yamlSource(text);
  const refuseIfAny = (problems: readonly SpecProblem[]): void => {
    if (problems.length > 0) throw new SpecFileError(path, text, source, problems);
  };
  if (source.value === undefined) refuseIfAny(source.problems);
  const { issues, success, output: content } = v.safeParse(specFileSchema, source.value);
  refuseIfAny([...source.problems, ...valueProblems(source.value), ...(issues ?? []).map(problemOf)]);
  if (!success) throw new TypeError('Cannot check a spec file: what does not fit must have an issue');

  const job = commandJob(content, resolve(dirname(file), content.cwd ?? '.'));
  const spec = specOf(content, parsePath(file).name, job, (problem) => {
    refuseIfAny([problem]);
  });
  refuseIfAny(templateProblems(content, spec));
  return { spec, job };
}

function specOf(
  { id, kind = 'command', priority, chunks }: SpecFileContent,
  name: string,
  job: CommandJob,
  refuse: (problem: SpecProblem) => void,
): StoredSpec {
  try {
    return completeSpec<unknown>({
      id: id ?? name,
      kind,
      priority,
      chunks: 'total' in chunks ? range(chunks.total, chunks.size) : chunks,
      // Without what is `undefined`, as it is read back.
      metadata: JSON.parse(JSON.stringify(job)) as StoredSpec['metadata'],
    });
  } catch (error) {
    if (error instanceof NotSerializableError)
      refuse({
        path: pathOf(error.path),
        problem: `${error.path} must survive JSON, received ${error.problem}`,
      });
    if (error instanceof InvalidSpecError) {
      const isName = id === undefined && error.path === 'id';
      const hint = isName ? ' (the name of the file, since there is no id in it)' : '';
      refuse({ path: isName ? [] : pathOf(error.path), problem: `${error.path} ${error.problem}${hint}` });
    }
    throw error;
  }
}

function problemOf(issue: v.BaseIssue<unknown>): SpecProblem {
  const path = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
  const isUnknown = issue.expected === 'never';
  const place = path.length === 0 ? 'the whole' : pathText(path);
  return { path, ofName: isUnknown, problem: `${place} ${issue.message}, received ${shown(issue.input)}` };
}

function shown(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : JSON.stringify(value);
  if (json === undefined) return 'nothing';
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

/** The way of a path that is written as in JavaScript. */
function pathOf(text: string): ValuePath {
  return [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) =>
    index === undefined ? key : Number(index),
  );
}

function commandJob(content: SpecFileContent, cwd: string): CommandJob {
  const { command, env, inheritEnv, result, output, merge } = content;
  const { concurrency, retry, startRate, attemptTimeoutMs, stallTimeoutMs, jobTimeoutMs } = content;
  const { stopGraceMs, tolerate, logs } = content;
  const times = { attemptTimeoutMs, stallTimeoutMs, jobTimeoutMs, stopGraceMs };
  return {
    work: { command, cwd, env, inheritEnv, result, output, merge },
    pace: { concurrency, retry, startRate, ...times, tolerate, logs },
  };
}
