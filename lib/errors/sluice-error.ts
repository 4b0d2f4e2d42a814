/** Marks the errors of every copy of the package. */
export const brand: unique symbol = Symbol.for('sluice.error');

/**
 * The base of every error that Sluice makes.
 *
 * @remarks
 * Tell errors apart with `isSluiceError` and their `code`, not with `instanceof`: two copies of the package
 * in one app then still agree. The error that led to one is its `cause`.
 */
export abstract class SluiceError extends Error {
  /** What went wrong, as a constant to branch on. */
  abstract readonly code: string;

  /**
   * @param message - the sentence
   * @param facts - what becomes the fields of the error
   * @param options - the `cause`
   */
  constructor(message: string, facts: object, options: ErrorOptions | undefined) {
    super(message, options);
    Object.assign(this, facts);
  }

  static {
    // On the prototype, so that it is in no record and no log of an error.
    Object.defineProperty(this.prototype, brand, { value: true });
  }
}
