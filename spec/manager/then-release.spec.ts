import { firstValueFrom, mergeMap, NEVER, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { thenRelease } from '../../lib/manager/then-release.js';
import { reportedErrors } from '../operators/reported-errors.js';

const broken$ = timer(1).pipe(mergeMap(() => throwError(() => new Error('cannot release'))));
const untilBroken = (): Promise<number> => firstValueFrom(timer(5));

describe('thenRelease', () => {
  it('tells the consumer of a release that fails, and reports nothing', async () => {
    const errors: unknown[] = [];
    const reported = await reportedErrors(async () => {
      of(1)
        .pipe(thenRelease(broken$))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      await untilBroken();
    });
    expect(errors).toMatchObject([{ message: 'cannot release' }]);
    expect(reported).toEqual([]);
  });

  it('reports a release that fails when the consumer has left', async () => {
    const reported = await reportedErrors(async () => {
      NEVER.pipe(thenRelease(broken$)).subscribe().unsubscribe();
      await untilBroken();
    });
    expect(reported).toMatchObject([{ message: 'cannot release' }]);
  });

  it('shows the error of the source, not that of the release, and reports nothing', async () => {
    const errors: unknown[] = [];
    const reported = await reportedErrors(async () => {
      throwError(() => new Error('source'))
        .pipe(thenRelease(broken$))
        .subscribe({ error: (error: unknown) => errors.push(error) });
      await untilBroken();
    });
    expect(errors).toMatchObject([{ message: 'source' }]);
    expect(reported).toEqual([]);
  });
});
