import type { JobSnapshot } from './job-snapshot.js';
import type { JobState } from './job-state.js';
import { commandTable } from './transitions.js';

/**
 * The states in which a job waits for an owner as soon as it has none: those in which `take over` of
 * {@link commandTable} has an effect.
 */
export const claimableStates: readonly JobState[] = /* @__PURE__ */ (
  Object.keys(commandTable) as JobState[]
).filter((state) => commandTable[state]['take over'] !== 'nothing');

/**
 * Whether `claim()` of a repository may give this job to a new owner, once nobody owns it.
 *
 * @example A claim that looks at each job
 * ```ts
 * import type { JobSnapshot } from 'sluice';
 * import { isClaimable } from 'sluice';
 *
 * export const wanted = (jobs: readonly JobSnapshot[], kinds: readonly string[]): readonly JobSnapshot[] =>
 *   jobs.filter((job) => kinds.includes(job.kind) && isClaimable(job));
 * ```
 *
 * @param snapshot - the job as it is stored
 * @param hasCommand - whether a command waits for its owner: only then is a paused job claimed
 */
export function isClaimable(
  { state, recoverable }: Pick<JobSnapshot, 'state' | 'recoverable'>,
  hasCommand = false,
): boolean {
  return recoverable && (claimableStates.includes(state) || (state === 'paused' && hasCommand));
}
