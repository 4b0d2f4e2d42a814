import { SluiceError } from './sluice-error.js';

/** More outcomes came before their turn than may be held back: the run is further ahead than the window. */
export class WindowExceededError extends SluiceError {
  override readonly name = 'WindowExceededError';
  readonly code = 'WINDOW_EXCEEDED' as const;
  /** How many outcomes may be held back: an integer of 1 or more. */
  declare readonly window: number;
  /** The chunk whose outcome all of them wait for, 0-based. */
  declare readonly index: number;

  constructor(
    { window, index }: { readonly window: number; readonly index: number },
    options?: ErrorOptions,
  ) {
    super(
      `Cannot emit in chunk order: at most ${window} outcomes may wait for chunk ${index}, received one more; set 'window' of the run`,
      { window, index },
      options,
    );
  }
}
