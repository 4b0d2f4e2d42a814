import * as v from 'valibot';
import type { CommandJob } from '../store/command-job.js';
import {
  count,
  entry,
  flag,
  integer,
  listOr,
  msFrom,
  notEmpty,
  numberFrom,
  oneOf,
  section,
  text,
  variable,
} from './schema-parts.js';
import type { SpecFileContent } from './spec-file-content.js';

const argumentList = 'the program and its arguments, a list of strings';

/** A program and its arguments. */
function argv(
  description = 'The program and its arguments.',
): v.GenericSchema<string[], [string, ...string[]]> {
  return v.pipe(
    v.array(text, `must be ${argumentList}`),
    v.description(description),
    v.check((list) => (list[0] ?? '') !== '', `must be ${argumentList}`),
    v.transform((list) => list as [string, ...string[]]),
  );
}

const chunks = listOr(
  v.array(v.unknown()),
  section(
    { total: count(0), size: count(1) },
    {
      total: 'how many units there are, an integer of 0 or more',
      size: 'how many of them a chunk has, an integer of 1 or more',
    },
    'a list of chunks, or { total, size }',
  ),
);

const merge = listOr(
  v.pipe(
    argv(),
    v.transform((command): NonNullable<SpecFileContent['merge']> => ({ command })),
  ),
  section(
    { command: argv(), output: v.optional(notEmpty) },
    { command: argumentList },
    `${argumentList}, or { command, output }`,
  ),
);

const work = {
  command: argv('The program and its arguments for one chunk, with placeholders. No shell is involved.'),
  cwd: entry(notEmpty, 'Where the processes work, relative to the folder of this file.', '.'),
  env: entry(
    v.record(variable, text, 'must be a mapping of names to strings'),
    'Variables for the processes. They are stored with the job: no secrets.',
  ),
  inheritEnv: entry(
    v.array(variable, 'must be a list of names of variables'),
    'Further variables of the caller that the processes get.',
  ),
  result: entry(
    oneOf(['last-line', 'stdout', 'json', 'none']),
    'What of stdout is stored as the result of a chunk.',
    'last-line',
  ),
  output: entry(notEmpty, 'The file that a chunk makes, with placeholders. The command writes to {output}.'),
  merge: entry(merge, 'A command that reads the outcomes from stdin when every chunk has ended.'),
};

const pace = {
  concurrency: entry(count(1), 'How many attempts run at a time.', 4),
  retry: entry(
    section({
      retries: entry(count(0), 'How many attempts may follow the first one.', 2),
      delayMs: entry(msFrom(0), 'Before the first retry; doubles with each further one.', 1_000),
      maxDelayMs: entry(msFrom(0), 'The longest delay.', 30_000),
      jitter: entry(oneOf(['none', 'full', 'decorrelated']), 'How delays are spread.', 'none'),
      maxElapsedMs: entry(msFrom(0), 'No retry is due later than this after the first failure.'),
    }),
    'When an attempt that failed is followed by another.',
  ),
  startRate: entry(
    section(
      { limit: count(1), perMs: msFrom(1) },
      {
        limit: 'how many attempts may start in that time, an integer of 1 or more',
        perMs: 'how long that time is, in milliseconds',
      },
    ),
    'At most so many attempts start in any span of so many ms.',
  ),
  attemptTimeoutMs: entry(msFrom(0), 'An attempt that takes longer is stopped, and has failed.'),
  stallTimeoutMs: entry(msFrom(0), 'An attempt that prints nothing for so long is stopped, and has failed.'),
  jobTimeoutMs: entry(msFrom(0), 'A job that is at work for longer fails.'),
  stopGraceMs: entry(msFrom(0), 'How long an attempt that is stopped is waited for.', 10_000),
  tolerate: entry(
    section({
      failedChunks: entry(count(0), 'How many chunks may fail before the job does.'),
      failedRatio: entry(
        numberFrom(0, 1, 'must be a number from 0 to 1'),
        'The same as a share of all chunks.',
      ),
    }),
    'Failures that the job bears. Without it, none.',
  ),
  logs: entry(flag, 'Whether the last output of each attempt is kept, for `sluice logs`.'),
};

/** What a spec file holds. Its messages go on from the name of the place: `must be …`. */
export const specFileSchema: v.GenericSchema<unknown, SpecFileContent> = section(
  {
    $schema: entry(text, 'Where the schema of this file is, for editors.'),
    id: entry(text, 'Names the job: letters, digits, `.`, `_`, `-`. Without it, the name of the file does.'),
    kind: entry(notEmpty, 'A label, stored with the job.', 'command'),
    priority: entry(
      integer,
      'Of the jobs that wait for `sluice work`, those of higher priority are taken first.',
      0,
    ),
    chunks: v.pipe(
      chunks,
      v.description('A list of anything, a chunk each; or { total, size }: units that are cut into chunks.'),
    ),
    ...work,
    ...pace,
  },
  { chunks: 'a list of chunks, or { total, size }', command: argumentList },
);

/** What the metadata of a job hold that this command has stored. */
export const commandJobSchema: v.GenericSchema<unknown, CommandJob> = v.object({
  work: v.object({ ...work, cwd: notEmpty }),
  pace: v.object(pace),
});
