import * as v from 'valibot';
import type { JsonObject } from '../model/json.js';

const maxMs = 2 ** 31 - 1;

const text = v.pipe(v.string('must be a string (put it in quotes)'), v.regex(/^[^\0]*$/, 'must not hold a NUL'));
const notEmpty = v.pipe(v.string('must be a string (put it in quotes)'), v.regex(/^[^\0]+$/, 'must not be empty, nor hold a NUL'));
const count = (least: number): v.GenericSchema<number> => {
  const expected = `must be an integer of ${least} or more`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(least, expected));
};
const ms = ((expected: string) => v.pipe(v.number(expected), v.minValue(0, expected), v.maxValue(maxMs, expected)))(
  `must be a number of milliseconds from 0 to ${maxMs}`,
);
const ratio = ((expected: string) => v.pipe(v.number(expected), v.minValue(0, expected), v.maxValue(1, expected)))('must be a number from 0 to 1');
const oneOf = <const T extends readonly string[]>(values: T): v.GenericSchema<T[number]> =>
  v.picklist(values, `must be one of ${values.join(', ')}`) as v.GenericSchema<T[number]>;
const variable = v.pipe(text, v.regex(/^[^=]+$/, "must be the name of a variable, without '='"));

/** An object with these entries and no others. `required` says what an entry is that has to be there. */
function section<T extends v.ObjectEntries>(entries: T, required: { readonly [key in keyof T]?: string } = {}): v.StrictObjectSchema<T, v.ErrorMessage<v.StrictObjectIssue>> {
  return v.strictObject(entries, ({ expected, input, path }) => {
    const key = path?.at(-1)?.key;
    if (expected === 'never') return `is not known here: must be one of ${Object.keys(entries).join(', ')}`;
    if (expected === 'Object' || input !== undefined) return 'must be a mapping of names to values';
    return `must be there: ${required[key as keyof T] ?? 'a value'}`;
  });
}

/** A program and its arguments. */
const argv = v.pipe(
  v.tupleWithRest([notEmpty], text, 'must be the program and its arguments, a list of strings'),
  v.readonly(),
);

/** The entries that say what a job does. They cannot change while the job is stored. */
const work = {
  command: argv,
  cwd: v.optional(notEmpty),
  env: v.optional(v.record(variable, text, 'must be a mapping of names to strings')),
  inheritEnv: v.optional(v.array(variable, 'must be a list of names of variables')),
  result: v.optional(oneOf(['last-line', 'stdout', 'json', 'none'])),
  output: v.optional(notEmpty),
  merge: v.optional(
    v.lazy((input) =>
      Array.isArray(input)
        ? v.pipe(argv, v.transform((command): { command: typeof command; output?: string | undefined } => ({ command })))
        : section({ command: argv, output: v.optional(notEmpty) }, { command: 'the program and its arguments, a list of strings' }),
    ),
  ),
};

/** The entries that say how fast, and how patiently. They can change each time that the job goes on. */
const pace = {
  concurrency: v.optional(count(1)),
  retry: v.optional(
    section({
      retries: v.optional(count(0)),
      delayMs: v.optional(ms),
      maxDelayMs: v.optional(ms),
      jitter: v.optional(oneOf(['none', 'full'])),
    }),
  ),
  attemptTimeoutMs: v.optional(ms),
  stopGraceMs: v.optional(ms),
  tolerate: v.optional(section({ failedChunks: v.optional(count(0)), failedRatio: v.optional(ratio) })),
};

const chunks = v.lazy((input) =>
  Array.isArray(input)
    ? v.pipe(v.array(v.unknown()), v.minLength(1, 'must hold at least one chunk'))
    : section(
        { total: count(1), size: count(1) },
        { total: 'how many units there are, an integer of 1 or more', size: 'how many of them a chunk has, an integer of 1 or more' },
      ),
);

/** What a spec file holds. */
export const specFileSchema = section(
  { id: v.optional(text), kind: v.optional(notEmpty), chunks, ...work, ...pace },
  { chunks: 'a list of chunks, or { total, size }', command: 'the program and its arguments, a list of strings' },
);

/** What a spec file holds, once it has been checked. */
export type SpecFileContent = v.InferOutput<typeof specFileSchema>;

const commandJobSchema = v.object({
  work: v.object({ ...work, cwd: notEmpty }),
  pace: v.object(pace),
});

/** How the chunks of a job are run, as it is stored in the `metadata` of the job: all that another process needs to go on with it. */
export type CommandJob = v.InferOutput<typeof commandJobSchema>;

/** What a job does. */
export type CommandWork = CommandJob['work'];

/** How fast, and how patiently. */
export type CommandPace = CommandJob['pace'];

/** The job that is described by `metadata`, or `undefined` if it is not one of this command. */
export function commandJobOf(metadata: JsonObject): CommandJob | undefined {
  const { success, output } = v.safeParse(commandJobSchema, metadata);
  return success ? output : undefined;
}

/** Sorts the content of a spec file into what a job does and how. */
export function commandJob(content: SpecFileContent, cwd: string): CommandJob {
  const { command, env, inheritEnv, result, output, merge } = content;
  const { concurrency, retry, attemptTimeoutMs, stopGraceMs, tolerate } = content;
  return {
    work: { command, cwd, env, inheritEnv, result, output, merge },
    pace: { concurrency, retry, attemptTimeoutMs, stopGraceMs, tolerate },
  };
}
