import { NEVER, of, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { executeStored } from '../../lib/executor/execute-stored.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { Worker } from '../../lib/ports/worker-adapter.js';

const spec = completeSpec({ id: 'job', kind: 'test', chunks: [0] });

/** Executes the job; tells how often it was left. */
function leftBy(worker: Worker<number, number>): { readonly left: () => number; readonly leave: () => void } {
  let left = 0;
  const leave$ = new Subject<void>();
  const execution = executeStored(
    spec,
    { worker, stopGraceMs: Infinity },
    { onLeft: () => (left += 1) },
  ).subscribe();
  leave$.pipe(take(1)).subscribe(() => {
    execution.unsubscribe();
  });
  return {
    left: () => left,
    leave: () => {
      leave$.next();
    },
  };
}

describe('executeStored, when nothing of the job runs any more', () => {
  it('says so once, also where the only chunk ends synchronously', () => {
    expect(leftBy(() => of(1)).left()).toBe(1);
  });

  it('says so once where the consumer leaves at the first event of a job that ends synchronously', () => {
    let left = 0;

    executeStored(spec, { worker: () => of(1) }, { onLeft: () => (left += 1) })
      .pipe(take(1))
      .subscribe();

    expect(left).toBe(1);
  });

  it('says so once the work has stopped, not when the consumer leaves', () => {
    const held$ = new Subject<void>();
    const { left, leave } = leftBy(({ waitUntil }) => {
      waitUntil(held$);
      return NEVER;
    });

    leave();
    expect(left()).toBe(0);
    held$.complete();
    expect(left()).toBe(1);
  });
});
