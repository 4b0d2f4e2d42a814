#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import type { CliIo, StopSignal } from './cli-io.js';
import { HarmlessSink, hasColors } from './output/harmless-sink.js';
import { runCli } from './run-cli.js';

const { stdin, stdout, stderr, env } = process;
const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

for (const stream of [stdout, stderr]) {
  // A reader that has gone (`sluice list | head -1`) is no reason to give up a job.
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'EIO') process.exitCode = 6;
  });
}

const onSignal: CliIo['onSignal'] = (listener) => {
  let hasHungUp = false;
  const answer = (signal: NodeJS.Signals): void => {
    // A terminal that is closed can send it twice, by the shell and by the kernel: that is one wish.
    const isRepeated = signal === 'SIGHUP' && hasHungUp;
    hasHungUp ||= signal === 'SIGHUP';
    if (!isRepeated) listener(signal as StopSignal);
  };
  for (const signal of stopSignals) process.on(signal, answer);
  return () => {
    for (const signal of stopSignals) process.off(signal, answer);
  };
};

async function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

void runCli(process.argv.slice(2), {
  stdout: new HarmlessSink(stdout, hasColors(stdout, env)),
  stderr: new HarmlessSink(stderr, hasColors(stderr, env)),
  // One that does not say how large it is, is nothing to draw on.
  terminal: stderr.isTTY && stderr.columns > 0 && stderr.rows > 0 ? stderr : undefined,
  hasColors: hasColors(stderr, env),
  showsOutput: stdout.isTTY,
  onSignal,
  confirm: stdin.isTTY && stderr.isTTY ? confirm : undefined,
  env,
  cwd: process.cwd(),
  script: __filename,
}).then((code) => {
  // At once, also where a third Ctrl-C has left work behind: what runs is killed with this process. Pipes are
  // written out first.
  stdout.write('', () => stderr.write('', () => process.exit(code)));
});
