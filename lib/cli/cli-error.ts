/** Ends the command with a line, and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  /** What is written instead of the message, where `details` tell the rest. */
  readonly summary: string | undefined;
  /** Further lines, written below. */
  readonly details: string | undefined;

  constructor(
    exitCode: number,
    message: string,
    {
      summary,
      details,
      ...options
    }: ErrorOptions & { readonly summary?: string | undefined; readonly details?: string | undefined } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.summary = summary;
    this.details = details;
  }
}
