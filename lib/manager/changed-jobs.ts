import type { OperatorFunction } from 'rxjs';
import { concatMap, defer } from 'rxjs';
import type { JobSnapshot } from '../model/job-snapshot.js';

/** What is different in each list of all jobs: `undefined` for the first, then the ids. */
export function changedJobs(): OperatorFunction<readonly JobSnapshot[], string | undefined> {
  return (lists$) =>
    defer(() => {
      let before: ReadonlyMap<string, string> | undefined;
      return lists$.pipe(
        concatMap((jobs) => {
          const known = before;
          const now = new Map(
            jobs.map(({ id, incarnation, revision }) => [id, `${incarnation} ${revision}`]),
          );
          before = now;
          if (known === undefined) return [undefined];
          const ids = new Set([...known.keys(), ...now.keys()]);
          return [...ids].filter((id) => known.get(id) !== now.get(id));
        }),
      );
    });
}
