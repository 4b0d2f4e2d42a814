import { resolve } from 'node:path';
import { ArgumentTemplate } from '../../node/process/argument-template.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import { shellWord } from '../command-line/command-prefix.js';
import type { CommandWork } from '../store/command-job.js';

/**
 * What an attempt runs, as it would be written in a shell. `{output}` stands as the file that is made in the
 * end.
 */
export function describedCommand({ command, cwd, output }: CommandWork): (task: ChunkTask) => string {
  const templates = command.map((argument) => new ArgumentTemplate(argument));
  const outputTemplate = output === undefined ? undefined : new ArgumentTemplate(output);
  return (task) => {
    const file = outputTemplate && resolve(cwd, outputTemplate.fill(task, undefined));
    return templates.map((template) => shellWord(template.fill(task, file))).join(' ');
  };
}
