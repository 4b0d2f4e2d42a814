import type { TextSink } from './text-sink.js';

/**
 * Writes, and waits until it has been handed on.
 *
 * @returns whether anybody reads what is written next
 */
export async function written(sink: TextSink, text: string): Promise<boolean> {
  await new Promise<void>((resolve) => {
    sink.write(text, resolve);
  });
  return !sink.isClosed;
}
