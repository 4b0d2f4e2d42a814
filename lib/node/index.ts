export { FileJobRepository } from './file-job-repository.js';
export type { FileJobRepositoryOptions } from './file-job-repository.js';
export { nodeFileSystem } from './file-system.js';
export type { FileStatus, FileSystem, OpenFile } from './file-system.js';
export type { JournalProblem } from './journal-problem.js';
export type { ProcessResult } from './process-output.js';
export { ProcessWorkerAdapter } from './process-worker-adapter.js';
export type { ProcessWorkerOptions } from './process-worker-adapter.js';
