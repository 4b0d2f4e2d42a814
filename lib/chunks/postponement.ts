/** Why a chunk goes through `retry` without having failed: its attempt was stopped, or it waits. */
export class Postponement {
  /** How long it waits, in ms. */
  readonly delayMs: number;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }
}
