import type { CliIo } from '../cli-io.js';
import type { ProgressOptions } from '../command-line/progress-options.js';
import { JsonProgress } from './json-progress.js';
import { LineProgress } from './line-progress.js';
import { LiveProgress } from './live-progress.js';
import { NoProgress } from './no-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** How long nothing may be heard of a job where only new lines can be: for screen readers. */
const heartbeatMs = 10_000;

/**
 * A bar on a terminal, plain lines elsewhere, unless the options say otherwise. `ACCESSIBLE=1` asks for
 * lines that are only ever added, at least one in 10 s.
 */
export function chooseRenderer(
  io: CliIo,
  { json = false, progress: mode = json ? 'json' : 'auto' }: ProgressOptions,
): ProgressRenderer {
  const { terminal } = io;
  if (mode === 'json' || json) return new JsonProgress(io);
  if (mode === 'none') return new NoProgress(io);
  if (mode === 'plain') return new LineProgress(io);
  if (mode === 'auto' && isAccessible(io)) return new LineProgress(io, { heartbeatMs: heartbeatOf(io) });
  return terminal === undefined ? new LineProgress(io) : new LiveProgress(io, terminal);
}

/** After how long without a line one is written all the same, in ms; `undefined` where nobody needs that. */
export function heartbeatOf(io: CliIo): number | undefined {
  return isAccessible(io) ? heartbeatMs : undefined;
}

function isAccessible({ env: { ACCESSIBLE: wish = '' } }: CliIo): boolean {
  return wish !== '' && wish !== '0' && wish !== 'false';
}
