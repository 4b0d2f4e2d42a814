import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobAct, JobSituation } from '../../lib/executor/next-act.js';
import { nextAct } from '../../lib/executor/next-act.js';
import type { JobState } from '../../lib/model/job-state.js';

/** A job in the middle of its work. */
const atWork: JobSituation = {
  state: 'running',
  error: null,
  isAllDone: false,
  isIdle: false,
  isStored: false,
  isMerged: false,
  isCleaned: true,
  isDetaching: false,
  hasTooManyFailures: false,
};

const error = { name: 'Error', message: 'no' };
const done = { isAllDone: true, isIdle: true, isStored: true };
const quiet = { isIdle: true, isStored: true };

const rows: readonly [JobState, Partial<JobSituation>, JobAct | undefined][] = [
  ['pending', quiet, undefined],
  ['pending', { ...quiet, error }, undefined],
  ['running', {}, undefined],
  ['running', quiet, undefined],
  ['running', { error }, 'job-failing'],
  ['running', { ...done, isMerged: true, error }, 'job-failing'],
  ['running', { isDetaching: true }, undefined],
  ['running', { ...quiet, isDetaching: true }, 'leave'],
  ['running', { ...done, isDetaching: true, isMerged: true }, 'leave'],
  ['running', { isIdle: true, isDetaching: true }, undefined],
  ['running', { isStored: true, isDetaching: true }, undefined],
  ['running', { ...done, isStored: false }, undefined],
  ['running', { ...done, hasTooManyFailures: true, isMerged: true }, 'condemn'],
  ['running', { ...done, isMerged: true }, 'job-completed'],
  ['running', done, 'job-merging'],
  ['merging', done, 'merge'],
  ['merging', { ...done, isStored: false }, 'merge'],
  ['merging', { ...done, isIdle: false }, undefined],
  ['merging', { ...done, isMerged: true }, 'job-completed'],
  ['merging', { ...done, isMerged: true, isStored: false }, undefined],
  ['merging', { ...done, isMerged: true, isDetaching: true }, 'job-completed'],
  ['merging', { ...done, isDetaching: true }, 'leave'],
  ['merging', { ...done, isDetaching: true, isIdle: false }, undefined],
  ['merging', { error }, 'job-failing'],
  ['pausing', {}, undefined],
  ['pausing', { isIdle: true }, 'job-paused'],
  ['pausing', done, 'job-paused'],
  ['pausing', { ...done, isMerged: true }, 'job-completed'],
  ['pausing', { ...done, isMerged: true, isStored: false }, undefined],
  ['pausing', { ...done, isMerged: true, hasTooManyFailures: true }, 'condemn'],
  ['pausing', { error }, 'job-failing'],
  ['paused', quiet, undefined],
  ['paused', { ...quiet, isDetaching: true }, 'leave'],
  ['paused', { isIdle: true, isDetaching: true }, undefined],
  ['paused', { ...quiet, error }, undefined],
  ['cancelling', {}, undefined],
  ['cancelling', { isIdle: true }, undefined],
  ['cancelling', { isStored: true }, undefined],
  ['cancelling', { ...quiet, error }, 'job-cancelled'],
  ['cancelling', { ...quiet, isDetaching: true }, 'job-cancelled'],
  ['cancelling', { ...quiet, isCleaned: false }, 'clean up'],
  ['cancelling', { isIdle: true, isCleaned: false }, undefined],
  ['cancelling', { isStored: true, isCleaned: false }, undefined],
  ['cancelling', { ...quiet, isCleaned: false, isDetaching: true }, 'leave'],
  ['failing', { isIdle: true, error }, undefined],
  ['failing', { isStored: true, error }, undefined],
  ['failing', { ...quiet, error }, 'job-failed'],
  ['completed', done, undefined],
  ['failed', { ...done, error }, undefined],
  ['cancelled', done, undefined],
];

describe('nextAct', () => {
  it.each(rows)('in %s with %o is %s', (state, facts, act) => {
    expect(nextAct({ ...atWork, state, ...facts })).toBe(act);
  });

  it('lets no job complete, pause or merge that is to fail', () => {
    const states = fc.constantFrom<JobState>('running', 'merging', 'pausing');
    const flag = fc.boolean();
    const facts = fc.record({
      isAllDone: flag,
      isIdle: flag,
      isStored: flag,
      isMerged: flag,
      isCleaned: flag,
      isDetaching: flag,
      hasTooManyFailures: flag,
    });
    fc.assert(
      fc.property(states, facts, (state, given) => {
        expect(nextAct({ ...atWork, ...given, state, error })).toBe('job-failing');
      }),
    );
  });
});
