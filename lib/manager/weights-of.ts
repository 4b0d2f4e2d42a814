import type { StoredSpec } from '../model/spec/job-spec.js';
import { chunkAt } from '../model/spec/job-spec.js';
import type { EstimateProgressOptions } from '../operators/estimate-progress.js';
import type { AnyJobKind } from './job-kind.js';

/** What the chunks of a job weigh by their index; `undefined` where its kind gives them no weights. */
export function weightsOf(
  { chunks }: StoredSpec,
  { weigh }: Pick<AnyJobKind, 'weigh'>,
): EstimateProgressOptions['weigh'] {
  return weigh && ((index) => weigh(chunkAt(chunks, index)));
}
