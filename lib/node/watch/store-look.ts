import { errorCode } from '../disk/error-code.js';
import { readBell } from './command-bell.js';
import type { StoreDirectory } from '../files/store-directory.js';

/** What can be seen of all jobs of a store without looking into their directories. */
export interface StoreLook {
  /**
   * By id: the name under which a job is at rest; `undefined` for one that is not, and must be looked at by
   * itself.
   */
  readonly jobs: ReadonlyMap<string, string | undefined>;
  /** Another one after each command that was left; the code of what failed, if it could not be looked. */
  readonly bell: string;
}

/** Looks at a store: four calls, however many jobs there are. */
export async function lookAtStore(store: StoreDirectory, before: StoreLook | undefined): Promise<StoreLook> {
  try {
    await store.check(false);
    const bell = await readBell(store);
    const names = await store.names();
    // After the names of the jobs: a new one that has none here is looked at by itself.
    const atRest = await store.resting.names();
    return {
      jobs: new Map(names.flatMap((name) => (store.find(name) ? [[name, atRest.get(name)] as const] : []))),
      bell,
    };
  } catch (error) {
    // Whoever is told reads the jobs then, and gets the error.
    return { jobs: before?.jobs ?? new Map(), bell: errorCode(error) ?? 'unknown' };
  }
}

/** The ids of the jobs that are not as they were; `undefined` where it may be any of them. */
export function changesBetween(
  before: StoreLook | undefined,
  now: StoreLook,
): readonly (string | undefined)[] {
  if (before === undefined) return [undefined];
  const ids = new Set([...before.jobs.keys(), ...now.jobs.keys()]);
  const changed = [...ids].filter(
    (id) => before.jobs.has(id) !== now.jobs.has(id) || before.jobs.get(id) !== now.jobs.get(id),
  );
  return before.bell === now.bell ? changed : [undefined, ...changed];
}

/** Whether a job is there, and not at rest. */
export function isActive(look: StoreLook | undefined, jobId: string): boolean {
  return look !== undefined && look.jobs.has(jobId) && look.jobs.get(jobId) === undefined;
}
