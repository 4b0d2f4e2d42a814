#!/usr/bin/env node
import { fromEvent, map, merge } from 'rxjs';
import type { StopSignal } from './cli-io.js';
import { runCli } from './run-cli.js';

const { stdout, stderr } = process;
for (const stream of [stdout, stderr]) {
  // A reader that has gone (`sluice list | head -1`) is no reason to give up a job.
  stream.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'EIO') process.exitCode = 6;
  });
}

void runCli(process.argv.slice(2), {
  stdout,
  stderr,
  // One that does not say how wide it is, is nothing to draw on.
  terminal: stderr.isTTY && stderr.columns > 0 ? stderr : undefined,
  showsOutput: stdout.isTTY,
  signals$: merge(
    ...(['SIGINT', 'SIGTERM'] as const).map((signal) =>
      fromEvent(process, signal).pipe(map((): StopSignal => signal)),
    ),
  ),
  env: process.env,
  cwd: process.cwd(),
}).then((code) => {
  // At once, also where a third Ctrl-C has left work behind: what runs is killed with this process. Pipes are
  // written out first.
  stdout.write('', () => stderr.write('', () => process.exit(code)));
});
