export type { ProcessResult } from './process-output.js';
export { ProcessWorkerAdapter } from './process-worker-adapter.js';
export type { ProcessWorkerOptions } from './process-worker-adapter.js';
