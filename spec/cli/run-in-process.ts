import { delimiter } from 'node:path';
import { Writable } from 'node:stream';
import { HarmlessSink } from '../../lib/cli/output/harmless-sink.js';
import { runCli } from '../../lib/cli/run-cli.js';
import type { Ended } from './sluice-process.js';
import { command, installed } from './sluice-process.js';

/**
 * Runs the command from its source in this process, which saves the start of one: as a command that writes into
 * two pipes, and that gets no signals and no answers.
 */
export async function runInProcess(cwd: string, args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): HarmlessSink => {
    const stream = new Writable({
      decodeStrings: false,
      write: (text: string | Uint8Array, _, done) => {
        written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
        done();
      },
    });
    return new HarmlessSink(stream, false);
  };
  const { PATH = '' } = process.env;
  const code = await runCli(args, {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    terminal: undefined,
    hasColors: false,
    showsOutput: false,
    onSignal: () => () => undefined,
    confirm: undefined,
    env: { PATH: `${installed}${delimiter}${PATH}` },
    cwd,
    script: command,
  });
  return { code, ...written };
}
