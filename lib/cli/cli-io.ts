import type { TextSink } from './output/text-sink.js';

/** The signals that a command answers. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** What of a terminal is drawn on. */
export interface Terminal extends NodeJS.WritableStream {
  /** How wide it is now. */
  readonly columns?: number;
}

/** All that a command knows of the process around it. */
export interface CliIo {
  /** For data: tables, JSON, the output of a merge. */
  readonly stdout: TextSink;
  /** For people: progress, notices, errors. */
  readonly stderr: TextSink;
  /** Where progress can be drawn, if `stderr` is a terminal with a size. */
  readonly terminal: Terminal | undefined;
  /** Whether that has colours. */
  readonly hasColors: boolean;
  /** Whether `stdout` is a terminal. */
  readonly showsOutput: boolean;
  /**
   * Listens to the signals. While nobody does, they do what they do to any process.
   *
   * @returns what ends it
   */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /** Asks the user for a yes; `undefined` where nobody can answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  readonly env: { readonly [name: string]: string | undefined };
  /** What relative paths on the command line are relative to. */
  readonly cwd: string;
  /** The file that is run as the command. */
  readonly script: string;
}
