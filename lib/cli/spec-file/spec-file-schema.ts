import * as v from 'valibot';
import type { CommandJob } from '../store/command-job.js';
import type { SpecFileContent } from './spec-file-content.js';

const maxMs = 2 ** 31 - 1;

const text = v.pipe(
  v.string('must be a string (put it in quotes)'),
  v.regex(/^[^\0]*$/, 'must not hold a NUL'),
);
const notEmpty = v.pipe(
  v.string('must be a string (put it in quotes)'),
  v.regex(/^[^\0]+$/, 'must not be empty, nor hold a NUL'),
);
const variable = v.pipe(text, v.regex(/^[^=]+$/, "must be the name of a variable, without '='"));
const argumentList = 'the program and its arguments, a list of strings';
/** A program and its arguments. */
const argv = v.pipe(
  v.array(text, `must be ${argumentList}`),
  v.check((list) => (list[0] ?? '') !== '', `must be ${argumentList}`),
  v.transform((list) => list as [string, ...string[]]),
);

const ms = numberFrom(0, maxMs, `must be a number of milliseconds from 0 to ${maxMs}`);
const ratio = numberFrom(0, 1, 'must be a number from 0 to 1');

function numberFrom(least: number, most: number, expected: string): v.GenericSchema<number> {
  return v.pipe(v.number(expected), v.minValue(least, expected), v.maxValue(most, expected));
}

function count(least: number): v.GenericSchema<number> {
  const expected = `must be an integer of ${least} or more`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(least, expected));
}

function oneOf<const T extends readonly string[]>(values: T): v.PicklistSchema<T, string> {
  return v.picklist(values, `must be one of ${values.join(', ')}`);
}

type Content<T extends v.ObjectEntries> = v.InferOutput<v.StrictObjectSchema<T, undefined>>;

/** An object with these entries and no others. `required` says what an entry is that has to be there. */
function section<T extends v.ObjectEntries>(
  entries: T,
  required: { readonly [key: string]: string } = {},
  whole = 'a mapping of names to values',
): v.GenericSchema<unknown, Content<T>> {
  const object = v.strictObject(entries, ({ expected, path }) => {
    if (expected === 'never') return `is not known here: must be one of ${Object.keys(entries).join(', ')}`;
    if (expected === 'Object') return `must be ${whole}`;
    return `must be there: ${required[String(path?.at(-1)?.key)] ?? 'a value'}`;
  });
  // Valibot takes an array for an object.
  const refused = v.custom<Content<T>>(() => false, `must be ${whole}`);
  return v.lazy((input) => (Array.isArray(input) ? refused : object));
}

const chunks = v.lazy((input) =>
  Array.isArray(input)
    ? v.array(v.unknown())
    : section(
        { total: count(0), size: count(1) },
        {
          total: 'how many units there are, an integer of 0 or more',
          size: 'how many of them a chunk has, an integer of 1 or more',
        },
        'a list of chunks, or { total, size }',
      ),
);

const merge = v.lazy((input) =>
  Array.isArray(input)
    ? v.pipe(
        argv,
        v.transform((command): SpecFileContent['merge'] => ({ command })),
      )
    : section(
        { command: argv, output: v.optional(notEmpty) },
        { command: argumentList },
        `${argumentList}, or { command, output }`,
      ),
);

const work = {
  command: argv,
  cwd: v.optional(notEmpty),
  env: v.optional(v.record(variable, text, 'must be a mapping of names to strings')),
  inheritEnv: v.optional(v.array(variable, 'must be a list of names of variables')),
  result: v.optional(oneOf(['last-line', 'stdout', 'json', 'none'])),
  output: v.optional(notEmpty),
  merge: v.optional(merge),
};

const pace = {
  concurrency: v.optional(count(1)),
  retry: v.optional(
    section({
      retries: v.optional(count(0)),
      delayMs: v.optional(ms),
      maxDelayMs: v.optional(ms),
      jitter: v.optional(oneOf(['none', 'full', 'decorrelated'])),
      maxElapsedMs: v.optional(ms),
    }),
  ),
  startRate: v.optional(
    section(
      { limit: count(1), perMs: numberFrom(1, maxMs, `must be a number of milliseconds from 1 to ${maxMs}`) },
      {
        limit: 'how many attempts may start in that time, an integer of 1 or more',
        perMs: 'how long that time is, in milliseconds',
      },
    ),
  ),
  attemptTimeoutMs: v.optional(ms),
  stallTimeoutMs: v.optional(ms),
  jobTimeoutMs: v.optional(ms),
  stopGraceMs: v.optional(ms),
  tolerate: v.optional(section({ failedChunks: v.optional(count(0)), failedRatio: v.optional(ratio) })),
};

/** What a spec file holds. Its messages go on from the name of the place: `must be …`. */
export const specFileSchema: v.GenericSchema<unknown, SpecFileContent> = section(
  { id: v.optional(text), kind: v.optional(notEmpty), chunks, ...work, ...pace },
  { chunks: 'a list of chunks, or { total, size }', command: argumentList },
);

/** What the metadata of a job hold that this command has stored. */
export const commandJobSchema: v.GenericSchema<unknown, CommandJob> = v.object({
  work: v.object({ ...work, cwd: notEmpty }),
  pace: v.object(pace),
});
