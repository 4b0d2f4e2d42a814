/** How text is meant, where the terminal has colours. */
export type Tone = 'good' | 'bad' | 'faint' | 'strong';

/** Text with a tone. */
export interface Toned {
  readonly text: string;
  readonly tone: Tone;
}

/** What a command writes to. Text is made harmless on its way; bytes pass as they are. */
export interface TextSink {
  /** Whether nobody reads any more what is written. */
  readonly isClosed: boolean;
  /**
   * @param text - what is written
   * @param written - called when it has been handed on, also where nobody reads it any more
   */
  write(text: string | Uint8Array, written?: () => void): unknown;
  /** Writes text in its tones, where there are colours. */
  print(...parts: readonly (string | Toned)[]): void;
}
