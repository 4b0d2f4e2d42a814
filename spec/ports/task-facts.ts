/** What a task says besides its chunk, where that does not matter. */
export const taskFacts = {
  run: 1,
  totalChunks: 1,
  metadata: {},
  key: 'job~1~0~1',
  chunkKey: 'job~1~0',
} as const;
