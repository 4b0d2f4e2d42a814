import { openSync, writeSync } from 'node:fs';
import { defer, lastValueFrom } from 'rxjs';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import { nodeFileSystem } from '../../lib/node/disk/node-file-system.js';
import type { CrashEntry } from '../../lib/testing/crash/crash-entry.js';
import type { CrashFault } from '../../lib/testing/crash/crash-fault.js';
import { crashFileSystem } from '../../lib/testing/crash/crash-file-system.js';
import { CrashPoint } from '../../lib/testing/crash/crash-point.js';
import { CrashProcess } from '../../lib/testing/crash/crash-process.js';
import { crashRepository } from '../../lib/testing/crash/crash-repository.js';
import { crashScenarios } from '../../lib/testing/crash/crash-scenario.js';
import { crashSpec, crashWorker } from './crash-job.js';

/**
 * A process that runs one scenario, and kills itself at one of its writes, or of the effects of its disk. Its arguments: the store, the scenario,
 * the fault, the write, `writes` or `effects`, and a file for what is seen: an entry a line, each before anything else can happen.
 */
const [directory = '', name = '', fault = '', at = '', counted = '', seen = ''] = process.argv.slice(2);

const scenario = crashScenarios.find((each) => each.name === name)!;
const crash = new CrashPoint({
  at: Number(at),
  fault: fault as CrashFault,
  kill: () => {
    process.kill(process.pid, 'SIGKILL');
  },
});
const repository =
  counted === 'effects'
    ? new FileJobRepository({ directory, fileSystem: crashFileSystem(nodeFileSystem, crash) })
    : crashRepository(new FileJobRepository({ directory }), crash);
const file = openSync(seen, 'a');
const record = (entry: CrashEntry): void => {
  writeSync(file, `${JSON.stringify(entry)}\n`);
};
const own = new CrashProcess({
  life: 1,
  spec: crashSpec,
  worker: crashWorker,
  failures: scenario.failures,
  repository,
  leaseMs: 60_000,
  record,
});
await lastValueFrom(
  defer(() => scenario.run(own)),
  { defaultValue: undefined },
).catch((error: unknown) => {
  if (scenario.ends !== 'failed') throw error;
});
