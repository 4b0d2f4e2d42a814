import { Command } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import type { CliContext } from '../cli-context.js';
import type { CliIo } from '../cli-io.js';

/** What a command does: it takes its arguments, then its options, and ends with an exit code. */
export type CommandHandler<A extends readonly unknown[]> = (
  context: CliContext,
  ...args: A
) => Promise<number>;

/** The commands of the program. What a command does is loaded when it is called, and no sooner. */
export class CommandLine {
  readonly program: Command;
  readonly #io: CliIo;
  readonly #onEnd: (code: number) => void;

  constructor(io: CliIo, onEnd: (code: number) => void) {
    this.#io = io;
    this.#onEnd = onEnd;
    this.program = new Command('sluice')
      .description('Runs chunked jobs of commands, stores them as they go, and goes on where they stopped.')
      .version(packageJson.version)
      .option('--store <dir>', 'the directory of the stored jobs (default: $SLUICE_STORE, or .sluice)')
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: (text) => {
          io.stdout.write(text);
        },
        writeErr: (text) => {
          io.stderr.write(text);
        },
        // Its suggestions are on a line of their own.
        outputError: (text, write) => {
          write(`${text.trim().replace('error: ', 'sluice: ').replaceAll('\n', ' ')}\n`);
        },
      })
      .addHelpText('after', examplesText(['sluice init', 'sluice run first-job.yaml']))
      .exitOverride();
  }

  /** @param examples - the command lines with which its help ends */
  command(name: string, description: string, examples: readonly [string, string]): Command {
    return this.program.command(name).description(description).addHelpText('after', examplesText(examples));
  }

  /**
   * The action of a command.
   *
   * @param load - what it does
   * @param options - `makesStore`: whether it makes a store where there is none; any other command refuses
   * such a path
   */
  runs<A extends readonly unknown[]>(
    load: () => Promise<CommandHandler<A>>,
    { makesStore = false }: { readonly makesStore?: boolean } = {},
  ): (...args: unknown[]) => Promise<void> {
    return async (...args) => {
      const [{ cliContext }, handler] = await Promise.all([import('../cli-context.js'), load()]);
      const { store } = this.program.opts<{ readonly store?: string }>();
      const context = cliContext(this.#io, store, makesStore);
      try {
        // The last one is the command itself.
        this.#onEnd(await handler(context, ...(args.slice(0, -1) as unknown as A)));
      } catch (error) {
        const { reportError } = await import('../output/report-error.js');
        this.#onEnd(reportError(context, error));
      }
    };
  }
}

function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`;
}
