import type { Gate } from './gate.js';

/** A gate that a failed attempt can hold. */
export interface HeldGate extends Gate {
  /** Nothing passes for so long. */
  hold(forMs: number): void;
}

/** The gates of a run, as one. */
export class Gates {
  readonly #gates: Gate[] = [];
  #held: HeldGate | undefined = undefined;

  get areNone(): boolean {
    return this.#gates.length === 0;
  }

  add(gate: Gate): void {
    this.#gates.push(gate);
  }

  /** Adds the gate that a failed attempt can hold. */
  addHeld(gate: HeldGate): void {
    this.#held = gate;
    this.add(gate);
  }

  /** Whether an attempt may start now. Changes nothing. */
  get areOpen(): boolean {
    return this.#gates.length === 0 || this.#gates.every(isOpen);
  }

  take(): void {
    if (this.#gates.length > 0) for (const gate of this.#gates) gate.take();
  }

  give(): void {
    if (this.#gates.length > 0) for (const gate of this.#gates) gate.give();
  }

  hold(forMs: number): void {
    this.#held?.hold(forMs);
  }

  /**
   * Tells each gate whether it holds an attempt back. Only the first closed gate does.
   *
   * @param isWanted - whether an attempt could start but for the gates
   */
  rest(isWanted: boolean): void {
    let isHeld = isWanted;
    for (const gate of this.#gates) {
      const isClosed = !gate.isOpen();
      gate.rest(isHeld && isClosed);
      if (isClosed) isHeld = false;
    }
  }

  leave(): void {
    for (const gate of this.#gates) gate.leave();
  }
}

const isOpen = (gate: Gate): boolean => gate.isOpen();
