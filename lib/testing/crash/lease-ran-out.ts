import { isSluiceError } from '../../errors/is-sluice-error.js';

/**
 * Whether an owner stopped because it could not renew its lease in time, which happens where the machine is
 * busy: the job is left as it is stored, and whoever supervises the process starts it again.
 */
export function leaseRanOut(error: unknown): boolean {
  if (!isSluiceError(error)) return false;
  return error.code === 'CONFLICT' ? error.problem.startsWith('its lease ran out') : leaseRanOut(error.cause);
}
