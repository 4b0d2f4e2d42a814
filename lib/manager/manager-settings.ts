import { assertMs } from '../errors/assert-option.js';
import type { RetryOptions } from '../chunks/retry-options.js';
import { randomId } from '../model/random-id.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { JobManagerOptions } from './job-manager-options.js';
import type { JobKinds } from './job-kinds.js';

/** The options of a manager, checked, with their defaults. */
export interface ManagerSettings {
  readonly repository: JobRepository;
  readonly kinds: JobKinds;
  readonly owner: string;
  readonly leaseMs: number;
  readonly watchIntervalMs: number;
  readonly saveRetry: RetryOptions | undefined;
}

/**
 * The settings of a manager.
 *
 * @throws RangeError for an option that is not what it must be
 */
export function managerSettings({
  repository,
  kinds = {},
  owner: givenOwner,
  leaseMs = 15_000,
  watchIntervalMs = 500,
  saveRetry,
}: JobManagerOptions): ManagerSettings {
  assertMs('make a manager', 'leaseMs', leaseMs, 1);
  assertMs('make a manager', 'watchIntervalMs', watchIntervalMs, 1);
  let owner = givenOwner;
  return {
    repository,
    kinds,
    // Made when it is asked for: a manager can be made where there is no randomness, at the top of a module
    // in workerd.
    get owner() {
      return (owner ??= `manager-${randomId(2)}`);
    },
    leaseMs,
    watchIntervalMs,
    saveRetry,
  };
}
