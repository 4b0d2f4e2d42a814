import { SpecMismatchError } from '../errors/spec-mismatch-error.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { firstDifference } from '../model/spec/spec-difference.js';

/**
 * Refuses a spec that is not the one that is stored.
 *
 * @throws SpecMismatchError naming the first difference
 */
export function assertSameSpec(stored: StoredSpec, received: StoredSpec): void {
  const found = firstDifference(stored, received, 'spec');
  if (found) throw new SpecMismatchError({ jobId: stored.id, ...found });
}
