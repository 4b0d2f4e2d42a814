import type { Observable } from 'rxjs';

/** What a command writes to. */
export interface TextSink {
  /**
   * @param text - what is written
   * @param written - called when it has been handed on, also where nobody reads it any more
   */
  write(text: string | Uint8Array, written?: () => void): unknown;
}

/** The signals that a command answers. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** All that a command knows of the process around it. */
export interface CliIo {
  /** For data: tables, JSON, the output of a merge. */
  readonly stdout: TextSink;
  /** For people: progress, notices, errors. */
  readonly stderr: TextSink;
  /** Where progress can be drawn, if `stderr` is a terminal. */
  readonly terminal: NodeJS.WritableStream | undefined;
  /** Whether `stdout` is a terminal. */
  readonly showsOutput: boolean;
  /** Hot. While nobody listens, the signals do what they do to any process. */
  readonly signals$: Observable<StopSignal>;
  readonly env: { readonly [name: string]: string | undefined };
  /** What relative paths on the command line are relative to. */
  readonly cwd: string;
}
