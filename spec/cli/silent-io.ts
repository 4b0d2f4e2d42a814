import type { CliIo } from '../../lib/cli/cli-io.js';
import type { TextSink } from '../../lib/cli/output/text-sink.js';

/** The surroundings of a command without a terminal, where nobody does anything. */
export function silentIo(onText: (text: string) => void): CliIo {
  const sink: TextSink = {
    isClosed: false,
    write: (text) => {
      onText(String(text));
    },
    print: (...parts) => {
      for (const part of parts) onText(typeof part === 'string' ? part : part.text);
    },
  };
  return {
    stdout: sink,
    stderr: sink,
    terminal: undefined,
    hasColors: false,
    showsOutput: false,
    onSignal: () => () => undefined,
    confirm: undefined,
    env: {},
    cwd: '/',
    script: '/sluice',
  };
}
