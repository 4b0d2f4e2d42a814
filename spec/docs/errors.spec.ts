import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { SluiceErrorCode } from '../../lib/index.js';
import * as core from '../../lib/index.js';
import * as node from '../../lib/node/index.js';

const sluice = { ...core, ...node };

const jobId = 'sales-2026-11';
const cause = new Error('what led to it');
const because = { cause };

/** An error of each code, as the page shows it. */
const samples: { readonly [code in SluiceErrorCode]: core.SluiceError } = {
  INVALID_SPEC: new sluice.InvalidSpecError(
    { path: 'chunks.size', problem: 'must be an integer of 1 or more, received 0' },
    because,
  ),
  NOT_SERIALIZABLE: new sluice.NotSerializableError(
    { path: 'chunks[3].date', problem: 'an instance of Date' },
    because,
  ),
  SPEC_MISMATCH: new sluice.SpecMismatchError(
    { jobId, path: 'spec.chunks.total', difference: 'is 5000, received 6000' },
    because,
  ),
  UNKNOWN_KIND: new sluice.UnknownKindError({ jobId, kind: 'etl', known: ['thumbs', 'mail'] }, because),
  JOB_NOT_FOUND: new sluice.JobNotFoundError({ jobId }, because),
  JOB_EXISTS: new sluice.JobExistsError({ jobId }, because),
  JOB_OWNED: new sluice.JobOwnedError({ jobId, owner: "'worker-2'" }, because),
  CONFLICT: new sluice.ConflictError({ jobId, problem: 'its lease was lost' }, because),
  JOB_FAILED: new sluice.JobFailedError(
    { jobId, error: { name: 'Error', message: 'connection reset', index: 17, attempt: 3 } },
    because,
  ),
  JOB_CANCELLED: new sluice.JobCancelledError({ jobId }, because),
  JOB_INCOMPLETE: new sluice.JobIncompleteError({ jobId, state: 'running' }, because),
  TOO_MANY_FAILURES: new sluice.TooManyFailuresError({ limit: 1_000 }, because),
  WINDOW_EXCEEDED: new sluice.WindowExceededError({ window: 64, index: 17 }, because),
  MERGE_FAILED: new sluice.MergeFailedError({ jobId }, because),
  CLEAN_UP_FAILED: new sluice.CleanUpFailedError({ jobId }, because),
  INVALID_TRANSITION: new sluice.InvalidTransitionError(
    { jobId, command: 'pause', state: 'completed', target: 'paused' },
    because,
  ),
  MANAGER_CLOSED: new sluice.ManagerClosedError({ call: 'submit' }, because),
  INVALID_RETURN: new sluice.InvalidReturnError(
    { expected: 'an Observable, a PromiseLike or a value', received: 'undefined' },
    because,
  ),
  ATTEMPT_TIMEOUT: new sluice.AttemptTimeoutError({ timeoutMs: 30_000 }, because),
  ATTEMPT_STOPPED: new sluice.AttemptStoppedError({ stoppedBy: 'pause' }, because),
  ATTEMPT_STALLED: new sluice.AttemptStalledError({ timeoutMs: 60_000 }, because),
  JOB_TIMEOUT: new sluice.JobTimeoutError({ jobId, timeoutMs: 3_600_000 }, because),
  PROCESS_FAILED: new sluice.ProcessFailedError(
    { command: 'ffmpeg', exitCode: 1, signal: undefined, output: 'in.mp4: No such file or directory' },
    because,
  ),
  OUTPUT_MISSING: new sluice.OutputMissingError(
    { jobId: 'film-7', missing: [{ index: 12, path: '/films/12.mp4' }] },
    because,
  ),
  MISSING_DEPENDENCY: new sluice.MissingDependencyError(
    { dependency: 'execa', user: 'ProcessWorkerAdapter' },
    because,
  ),
  REPOSITORY_FAILED: new sluice.RepositoryFailedError({ jobId, attempts: 6 }, because),
  NOT_A_STORE: new sluice.NotAStoreError(
    { path: '/home/me/photos', problem: "it holds '2026', which is no job" },
    because,
  ),
  STORE_FAILED: new sluice.StoreFailedError(
    {
      jobId,
      path: '/jobs/sales-2026-11/spec.json',
      problem: 'ENOSPC: no space left on device, write',
    },
    because,
  ),
  CORRUPT_JOB: new sluice.CorruptJobError(
    { jobId, place: 'journal.000001.ndjson:42', problem: 'is damaged: its checksum does not fit' },
    because,
  ),
};

const page = readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8');
const sections = new Map(
  page
    .split(/^(?=##+ )/m)
    .map((section) => [/^### `(\w+)`$/m.exec(section)?.[1], section] as const)
    .filter((entry): entry is readonly [string, string] => entry[0] !== undefined),
);

describe('docs/errors.md', () => {
  it('has a section for each code, and no other', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(samples).sort());
  });

  it('knows every class of error that there is', () => {
    const classes = Object.entries(sluice).flatMap(([name, value]) =>
      typeof value === 'function' && value.prototype instanceof sluice.SluiceError ? [name] : [],
    );
    expect(
      Object.values(samples)
        .map((error) => error.constructor.name)
        .sort(),
    ).toEqual(classes.sort());
  });

  it.each(Object.entries(samples))('shows the class, the sentence and the fields of %s', (code, error) => {
    const section = sections.get(code);
    expect(section).toContain(`\`${error.name}\``);
    expect(section).toContain(`\`\`\`text\n${error.message}\n\`\`\``);
    const fields = [...(section ?? '').matchAll(/^- `(\w+)`:/gm)].map(([, field]) => field);
    expect(fields.sort()).toEqual(
      Object.keys(error)
        .filter((field) => field !== 'name' && field !== 'code')
        .sort(),
    );
    expect(section).toContain('\nWhat to do: ');
  });
});

describe.each(Object.entries(samples))('an error of %s', (code, error) => {
  it('carries its code, its name, the brand and its cause', () => {
    // The reason of an abort has the name that every abort has.
    const name = code === 'ATTEMPT_STOPPED' ? 'AbortError' : error.constructor.name;
    expect([error.code, error.name, error.cause]).toEqual([code, name, cause]);
    expect(sluice.isSluiceError(error)).toBe(true);
  });

  it('says what cannot be done and why, in one sentence without a full stop', () => {
    expect(error.message).toMatch(/^Cannot [a-z][^:]*(: .*|'[^']+': .*)[^.]$/);
  });
});
