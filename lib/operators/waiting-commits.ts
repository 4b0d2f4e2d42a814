import type { ObservableInput, Subscriber } from 'rxjs';
import { from, Observable, Subject, takeUntil, throwError } from 'rxjs';
import type { JobCommit } from '../model/job-commit.js';
import type { JobSnapshot } from '../model/job-snapshot.js';

type Save = (batch: readonly JobCommit[]) => ObservableInput<unknown>;
type SaveAgain = (batch: readonly JobCommit[], error: unknown) => Observable<unknown>;

/**
 * The commits that wait to be saved, as one batch. Further commits join it until its own save begins.
 *
 * A batch is handed on after the call that opened it has returned. Otherwise a repository that saves
 * synchronously would recurse: a stored snapshot leads to the next commit, and that would be saved within the
 * same call.
 */
export class WaitingCommits {
  readonly #count: (change: number) => void;
  #batches: Subscriber<void> | undefined = undefined;
  #batch: JobCommit[] | undefined = undefined;
  #isHandedOn = false;
  #isBusy = false;
  #isComplete = false;

  /**
   * @param count - called for each commit that comes (1), and for each batch that is stored (minus its
   * length)
   */
  constructor(count: (change: number) => void) {
    this.#count = count;
  }

  /** Emits once for each batch. Completes with the commits; their error overtakes the batch. */
  batchesOf(commits$: Observable<JobCommit>): Observable<void> {
    return new Observable((batches) => {
      this.#batches = batches;
      // The source may emit before its `subscribe` returns. Leaving must reach it then, too.
      const left$ = new Subject<void>();
      batches.add(() => {
        left$.next();
      });
      commits$.pipe(takeUntil(left$)).subscribe({
        next: (commit) => {
          if (this.#batch === undefined) this.#batch = [commit];
          else this.#batch.push(commit);
          this.#count(1);
          this.#handOn();
        },
        error: (error: unknown) => {
          batches.error(error);
        },
        complete: () => {
          this.#isComplete = true;
          this.#handOn();
        },
      });
    });
  }

  /**
   * Saves the batch that waits, and emits its snapshots.
   *
   * @param save - saves a batch
   * @param saveAgain - saves a batch whose first save failed with `error`
   */
  stored(save: Save, saveAgain: SaveAgain): Observable<JobSnapshot> {
    return new Observable((snapshots) => {
      const batch = this.#batch!;
      this.#batch = undefined;
      this.#isHandedOn = false;
      const complete = (): void => {
        this.#show(batch, snapshots);
      };
      const again = (error: unknown): void => {
        snapshots.add(
          saveAgain(batch, error).subscribe({
            complete,
            error: (last: unknown) => {
              snapshots.error(last);
            },
          }),
        );
      };
      snapshots.add(called(save, batch).subscribe({ complete, error: again }));
    });
  }

  #show(batch: readonly JobCommit[], snapshots: Subscriber<JobSnapshot>): void {
    const isOutermost = !this.#isBusy;
    this.#isBusy = true;
    for (const { snapshot } of batch) snapshots.next(snapshot);
    if (!snapshots.closed) this.#count(-batch.length);
    snapshots.complete();
    if (!isOutermost) return;
    this.#isBusy = false;
    this.#handOn();
  }

  #handOn(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#batch !== undefined && !this.#isHandedOn) {
      this.#isHandedOn = true;
      this.#batches!.next();
    }
    this.#isBusy = false;
    if (this.#isComplete) this.#batches!.complete();
  }
}

/** The save as an Observable. `defer` would cost one more subscriber for each commit. */
function called(save: Save, batch: readonly JobCommit[]): Observable<unknown> {
  try {
    return from(save(batch));
  } catch (error) {
    return throwError(() => error);
  }
}
