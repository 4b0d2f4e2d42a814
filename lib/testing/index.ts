export type { ContractTest } from './contract-test.js';
export { marbleJobRepository } from './marble-job-repository.js';
export type { CallMarbles, MarbleJobRepository, MarbleJobRepositoryOptions } from './marble-job-repository.js';
export { marbleWorker } from './marble-worker.js';
export type { AttemptMarbles, MarbleWorker, MarbleWorkerOptions } from './marble-worker.js';
export { runMarbles } from './run-marbles.js';
export type { MarbleHelpers, RunMarblesOptions } from './run-marbles.js';
export type { SubscriptionFrames } from './subscription-frames.js';
