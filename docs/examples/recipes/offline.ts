import type { Observable } from 'rxjs';
import { fromEvent, map, merge } from 'rxjs';
import type { JobCommand } from 'sluice';

/** Commands for a job that needs the network: give `window`, and the stream as `commands$` of `manageJob` or `execute`. */
export const networkCommands = (target: EventTarget): Observable<JobCommand> =>
  merge(
    fromEvent(target, 'offline').pipe(map((): JobCommand => ({ type: 'pause', mode: 'stop' }))),
    fromEvent(target, 'online').pipe(map((): JobCommand => 'resume')),
  );
