import { Observable } from 'rxjs';

/** Emits from inside `subscribe` until it is left; a thousand values are taken for endless. */
export class Endless<T> {
  emitted = 0;
  readonly values$: Observable<T>;

  constructor(value: T) {
    this.values$ = new Observable((out) => {
      while (!out.closed && this.emitted < 1_000) {
        this.emitted += 1;
        out.next(value);
      }
    });
  }
}
