export type { ContractTest } from './contracts/contract-test.js';
export type { CrashEntry } from './crash/crash-entry.js';
export { crashFaults } from './crash/crash-fault.js';
export type { CrashFault } from './crash/crash-fault.js';
export { crashFileSystem } from './crash/crash-file-system.js';
export type {
  CrashableFileSystem,
  CrashDirectoryWatch,
  CrashFile,
  CrashFileStatus,
} from './crash/crash-file-system.js';
export { crashInvariants } from './crash/crash-invariants.js';
export { CrashPoint } from './crash/crash-point.js';
export type { CrashPlan, CrashStrike } from './crash/crash-plan.js';
export { CrashProcess } from './crash/crash-process.js';
export type { CrashManageOptions, CrashProcessOptions } from './crash/crash-process.js';
export { crashRepository } from './crash/crash-repository.js';
export { crashRun } from './crash/crash-run.js';
export type { CrashReport, CrashRunOptions } from './crash/crash-run.js';
export { crashScenarios } from './crash/crash-scenario.js';
export type { CrashScenario } from './crash/crash-scenario.js';
export type { CrashStore } from './crash/crash-store.js';
export { crashSuite } from './crash/crash-suite.js';
export type { CrashSuiteOptions } from './crash/crash-suite.js';
export { jobRepositoryContract } from './contracts/job-repository-contract.js';
export type { JobRepositoryContractOptions } from './contracts/job-repository-contract.js';
export { marbleJobRepository } from './marbles/marble-job-repository.js';
export type {
  CallMarbles,
  MarbleJobRepository,
  MarbleJobRepositoryOptions,
} from './marbles/marble-job-repository.js';
export { marbleWorker } from './marbles/marble-worker.js';
export type { AttemptMarbles, MarbleWorker, MarbleWorkerOptions } from './marbles/marble-worker.js';
export { runMarbles } from './marbles/run-marbles.js';
export type { MarbleHelpers, RunMarblesOptions } from './marbles/run-marbles.js';
export type { SubscriptionFrames } from './marbles/subscription-frames.js';
export { workerAdapterContract } from './contracts/worker-adapter-contract.js';
export type { WorkerAdapterSubject } from './contracts/worker-adapter/worker-adapter-subject.js';
