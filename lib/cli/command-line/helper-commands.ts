import { Argument } from 'commander';
import type { CommandLine } from './command-line.js';
import { shells } from './completion.js';

/** Adds the commands that help to write specs and command lines. */
export function addHelperCommands(line: CommandLine): void {
  line
    .command('init', 'write a commented spec that runs', ['sluice init', 'sluice init thumbnails.yaml'])
    .argument('[file]', 'the file that is made (default: first-job.yaml)')
    .action(line.runs(async () => (await import('../commands/init-command.js')).initCommand));
  line
    .command('schema', 'write the JSON Schema of spec files, for editors', [
      'sluice schema > spec-file.schema.json',
      "sluice schema | jq '.properties | keys'",
    ])
    .action(line.runs(async () => (await import('../commands/schema-command.js')).schemaCommand));
  line
    .command('completion', 'write a script with which a shell completes this command', [
      'eval "$(sluice completion bash)"',
      'sluice completion fish > ~/.config/fish/completions/sluice.fish',
    ])
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(
      line.runs(async () => {
        const { completionScript } = await import('./completion.js');
        return (context, shell: (typeof shells)[number]) => {
          context.io.stdout.write(completionScript(line.program, shell));
          return Promise.resolve(0);
        };
      }),
    );
}
