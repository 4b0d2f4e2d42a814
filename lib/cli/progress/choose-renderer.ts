import type { CliIo } from '../cli-io.js';
import { JsonProgress } from './json-progress.js';
import { LineProgress } from './line-progress.js';
import { LiveProgress } from './live-progress.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** A bar on a terminal, plain lines elsewhere, JSON where it is asked for. */
export function chooseRenderer(io: CliIo, { json = false }: { readonly json?: boolean }): ProgressRenderer {
  if (json) return new JsonProgress(io);
  return io.terminal === undefined ? new LineProgress(io) : new LiveProgress(io, io.terminal);
}
