import type { CliContext } from '../cli-context.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import { storedCommandJob } from '../store/stored-command-job.js';
import type { PaceOptions } from '../command-line/command-options.js';
import { overridesOf } from '../command-line/command-options.js';
import { runJob } from '../running/run-job.js';
import { loadSpecFile } from '../spec-file/spec-file.js';

/**
 * `sluice run SPEC`: runs the job of a spec file, or goes on with it.
 *
 * @returns the exit code
 */
export async function runCommand(
  { io, store }: CliContext,
  path: string,
  options: PaceOptions,
): Promise<number> {
  const { spec, job } = await loadSpecFile(path, io.cwd);
  const stored = await store.repository.load(spec.id);
  const storedPace = stored && storedCommandJob(stored.spec.metadata) && stored.spec.metadata.pace;
  return runJob({
    // How fast a job goes is no part of what it is: it may be changed between two runs.
    spec: storedPace === undefined ? spec : { ...spec, metadata: { ...spec.metadata, pace: storedPace } },
    job,
    overrides: overridesOf(options),
    store,
    renderer: chooseRenderer(io, options),
    io,
  });
}
