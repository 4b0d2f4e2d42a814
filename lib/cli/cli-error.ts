/** Ends the command with a line, and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  /** Further lines, written below. */
  readonly details: string | undefined;

  constructor(
    exitCode: number,
    message: string,
    { details, ...options }: ErrorOptions & { readonly details?: string | undefined } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.details = details;
  }
}
