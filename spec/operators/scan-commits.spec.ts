import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InvalidTransitionError } from '../../lib/errors/invalid-transition-error.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { scanCommits } from '../../lib/operators/scan-commits.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

const first: JobSnapshot = pendingSnapshot(completeSpec({ id: 'job', kind: 'test', chunks: [1, 2] }), {
  at: 0,
});

const events: { readonly [letter: string]: JobEvent } = {
  s: { type: 'job-started', at: 1 },
  a: { type: 'chunk-completed', index: 0, attempt: 1, result: 'r', at: 2 },
  b: { type: 'chunk-completed', index: 1, attempt: 1, at: 3 },
  d: { type: 'job-completed', at: 4 },
};

describe('scanCommits', () => {
  it('makes a commit of each event: the revision that it follows, the event, and the snapshot after it', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('s-ab-(d|)', events);
      const snapshots = ['s', 'a', 'b', 'd'].reduce<JobSnapshot[]>(
        (all, letter) => [...all, reduceJob(all.at(-1) ?? first, events[letter]!)],
        [],
      );
      const commit = (letter: string, index: number): object => ({
        jobId: 'job',
        token: 'token',
        follows: index + 1,
        events: [events[letter]],
        snapshot: snapshots[index],
      });
      expectObservable(source.pipe(scanCommits(first, 'token'))).toBe('s-ab-(d|)', {
        s: commit('s', 0),
        a: commit('a', 1),
        b: commit('b', 2),
        d: commit('d', 3),
      });
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  it.each([
    ['never', '-', '-', '^'],
    ['empty', '--|', '--|', '^-!'],
    ['a source that fails', 's-#', 's-#', '^-!'],
  ])('passes on %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, events);
      const types = source.pipe(
        scanCommits(first, ''),
        map((commit) => (commit.events[0]?.type === 'job-started' ? 's' : '?')),
      );
      expectObservable(types).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('errors for an event that cannot happen, and leaves its source', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<JobEvent>('s-d-a-', { ...events, d: { type: 'job-cancelled', at: 1 } });
      const refusal = new InvalidTransitionError({
        jobId: 'job',
        command: "apply 'job-cancelled' to",
        state: 'running',
        target: 'cancelled',
      });
      const letters = source.pipe(
        scanCommits(first, ''),
        map(() => 's'),
      );
      expectObservable(letters).toBe('s-#', undefined, refusal);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
  });

  it('begins anew with each subscription', () => {
    runMarbles(({ cold, expectObservable }) => {
      const revisions$ = cold('s-a', events).pipe(
        scanCommits(first, ''),
        map(({ snapshot }) => String(snapshot.revision)),
      );
      expectObservable(revisions$, '^---!').toBe('2-3');
      expectObservable(revisions$, '--^---!').toBe('--2-3');
    });
  });

  it('keeps the first snapshot as it was', () => {
    const copy = structuredClone(first);
    runMarbles(({ cold }) => cold('sab', events).pipe(scanCommits(first, '')).subscribe());
    expect(first).toEqual(copy);
  });
});
