import { SluiceError } from './sluice-error.js';

/** A spec or a result would not survive JSON. Never retried. */
export class NotSerializableError extends SluiceError {
  override readonly name = 'NotSerializableError';
  readonly code = 'NOT_SERIALIZABLE';
  /** Where, for example `result.rows[3].date`. */
  readonly path: string;
  /** What stands there. */
  readonly problem: string;

  constructor({ path, problem }: { readonly path: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot store ${path}: it must survive JSON, received ${problem}`, options);
    this.path = path;
    this.problem = problem;
  }
}
