import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { temporaryDirectory } from '../node/temporary-directory.js';

/** The repositories of Sluice: each makes an empty one for the running test. */
export const repositories: readonly (readonly [name: string, open: () => JobRepository])[] = [
  ['memory', () => new MemoryJobRepository()],
  ['files', () => new FileJobRepository({ directory: temporaryDirectory() })],
];
