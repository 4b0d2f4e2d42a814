import type { Observable } from 'rxjs';
import { BehaviorSubject, defer, distinctUntilChanged, map, tap } from 'rxjs';
import type { ChunkTask } from 'sluice';

/** How many slots there are, how many attempts have succeeded since that changed, and how often the server has been busy. */
interface Pace {
  readonly slots: number;
  readonly successes: number;
  readonly cuts: number;
}

/**
 * A worker, and the number of slots that its server can bear: one more after as many successes as there are slots, half as many when the server
 * is busy. Attempts that began before the last cut say nothing about what the server can bear since: a burst of refusals is one cut.
 */
export function adaptive<C, R>(
  worker: (task: ChunkTask<C>) => Observable<R>,
  most: number,
): { readonly worker: typeof worker; readonly slots$: Observable<number> } {
  const pace$ = new BehaviorSubject<Pace>({ slots: most, successes: 0, cuts: 0 });
  const succeed = (): void => {
    const { slots, successes, cuts } = pace$.value;
    pace$.next(
      successes + 1 < slots
        ? { slots, successes: successes + 1, cuts }
        : { slots: Math.min(most, slots + 1), successes: 0, cuts },
    );
  };
  const cut = (): void => {
    const { slots, cuts } = pace$.value;
    pace$.next({ slots: Math.max(1, Math.floor(slots / 2)), successes: 0, cuts: cuts + 1 });
  };
  return {
    worker: (task) =>
      defer(() => {
        const begun = pace$.value.cuts;
        const isCurrent = (): boolean => pace$.value.cuts === begun;
        return worker(task).pipe(
          tap({
            complete: () => {
              if (isCurrent()) succeed();
            },
            error: (error: unknown) => {
              if (isCurrent() && isBusy(error)) cut();
            },
          }),
        );
      }),
    slots$: pace$.pipe(
      map(({ slots }) => slots),
      distinctUntilChanged(),
    ),
  };
}

/** Whether the server has said that it is asked too much: with a time to come again after, or with the status of its answer. */
function isBusy(error: unknown): boolean {
  const { retryAfterMs, status } = Object(error) as {
    readonly retryAfterMs?: unknown;
    readonly status?: unknown;
  };
  return typeof retryAfterMs === 'number' || status === 429;
}
