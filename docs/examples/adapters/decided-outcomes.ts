import { freeze } from 'immer';
import type { ChunkOutcome, JobEvent, OutcomeQuery } from 'sluice';
import { outcomeOf } from 'sluice';

/** An event that decided about a chunk or began a run, and the revision that it led to. */
export interface Decision {
  readonly event: JobEvent;
  readonly revision: number;
}

/** The last outcome of each chunk, in the order of the chunks. */
export function decidedOutcomes(
  decisions: readonly Decision[],
  { run = Infinity, since = 0, failed }: OutcomeQuery,
): readonly ChunkOutcome[] {
  const decided = new Map<number, { readonly outcome: ChunkOutcome; readonly revision: number }>();
  let current = 1;
  for (const { event, revision } of decisions) {
    const outcome = outcomeOf(event);
    if (outcome) decided.set(outcome.index, { outcome: freeze(outcome, true), revision });
    else if (++current > run) break;
  }
  return [...decided.values()]
    .filter(({ revision }) => revision > since)
    .map(({ outcome }) => outcome)
    .filter(({ status }) => failed === undefined || failed === (status === 'failed'))
    .sort((one, other) => one.index - other.index);
}
