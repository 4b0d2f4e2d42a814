import { SluiceError } from './sluice-error.js';

/** A spec or a result would not survive JSON. Never retried. */
export class NotSerializableError extends SluiceError {
  override readonly name = 'NotSerializableError';
  readonly code = 'NOT_SERIALIZABLE' as const;
  /** No further attempt can mend it. */
  readonly permanent = true as const;
  /** Where, for example `result.rows[3].date`. */
  declare readonly path: string;
  /** What stands there. */
  declare readonly problem: string;

  constructor(facts: { readonly path: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot store ${facts.path}: it must survive JSON, received ${facts.problem}`, facts, options);
  }
}
