import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { specFileJsonSchema } from '../spec-file/spec-file-json-schema.js';

/**
 * `sluice schema`: the JSON Schema of spec files.
 *
 * @returns the exit code
 */
export function schemaCommand({ io }: CliContext): Promise<number> {
  io.stdout.write(`${jsonText(specFileJsonSchema(), 2)}\n`);
  return Promise.resolve(exitCode.completed);
}
