import type { Observable } from 'rxjs';
import { Subject } from 'rxjs';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';

/** Work that ends when it is told to. */
export class Doors {
  readonly started: number[] = [];
  readonly closed: Map<number, Subject<string>> = new Map<number, Subject<string>>();

  readonly work = ({ index }: ChunkTask): Observable<string> => {
    this.started.push(index);
    const door$ = new Subject<string>();
    this.closed.set(index, door$);
    return door$;
  };

  open(index: number): void {
    const door$ = this.closed.get(index);
    this.closed.delete(index);
    door$?.complete();
  }
}
