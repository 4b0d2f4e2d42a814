import type { AttemptStalledError } from './attempt-stalled-error.js';
import type { AttemptStoppedError } from './attempt-stopped-error.js';
import type { AttemptTimeoutError } from './attempt-timeout-error.js';
import type { ConflictError } from './conflict-error.js';
import type { CorruptJobError } from './corrupt-job-error.js';
import type { InvalidReturnError } from './invalid-return-error.js';
import type { InvalidSpecError } from './invalid-spec-error.js';
import type { InvalidTransitionError } from './invalid-transition-error.js';
import type { JobCancelledError } from './job-cancelled-error.js';
import type { JobExistsError } from './job-exists-error.js';
import type { JobFailedError } from './job-failed-error.js';
import type { JobIncompleteError } from './job-incomplete-error.js';
import type { JobNotFoundError } from './job-not-found-error.js';
import type { JobOwnedError } from './job-owned-error.js';
import type { JobTimeoutError } from './job-timeout-error.js';
import type { ManagerClosedError } from './manager-closed-error.js';
import type { CleanUpFailedError } from './clean-up-failed-error.js';
import type { MergeFailedError } from './merge-failed-error.js';
import type { MissingDependencyError } from './missing-dependency-error.js';
import type { NotAStoreError } from './not-a-store-error.js';
import type { NotSerializableError } from './not-serializable-error.js';
import type { OutputMissingError } from './output-missing-error.js';
import type { ProcessFailedError } from './process-failed-error.js';
import type { RepositoryFailedError } from './repository-failed-error.js';
import type { SpecMismatchError } from './spec-mismatch-error.js';
import type { StoreFailedError } from './store-failed-error.js';
import type { TooManyFailuresError } from './too-many-failures-error.js';
import type { UnknownKindError } from './unknown-kind-error.js';
import type { WindowExceededError } from './window-exceeded-error.js';

/**
 * Every error that Sluice makes, told apart by `code`: what {@link isSluiceError} narrows to.
 *
 * @example A code tells which fields there are
 * ```ts
 * import type { AnySluiceError } from 'sluice';
 *
 * export function advice(error: AnySluiceError): string {
 *   switch (error.code) {
 *     case 'JOB_OWNED':
 *       return `${error.owner} runs it: try again later`;
 *     case 'UNKNOWN_KIND':
 *       return `use one of ${error.known.join(', ')}`;
 *     default:
 *       return error.message;
 *   }
 * }
 * ```
 */
export type AnySluiceError =
  | AttemptStalledError
  | AttemptStoppedError
  | AttemptTimeoutError
  | ConflictError
  | CorruptJobError
  | InvalidReturnError
  | InvalidSpecError
  | InvalidTransitionError
  | JobCancelledError
  | JobExistsError
  | JobFailedError
  | JobIncompleteError
  | JobNotFoundError
  | JobOwnedError
  | JobTimeoutError
  | ManagerClosedError
  | CleanUpFailedError
  | MergeFailedError
  | MissingDependencyError
  | NotAStoreError
  | NotSerializableError
  | OutputMissingError
  | ProcessFailedError
  | RepositoryFailedError
  | SpecMismatchError
  | StoreFailedError
  | TooManyFailuresError
  | UnknownKindError
  | WindowExceededError;

/**
 * Every code that a Sluice error can carry. A code never changes its meaning; `docs/errors.md` has a section
 * for each.
 */
export type SluiceErrorCode = AnySluiceError['code'];
