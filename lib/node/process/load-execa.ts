import { MissingDependencyError } from '../../errors/missing-dependency-error.js';

let loaded: Promise<typeof import('execa')> | undefined;

/**
 * Loads the optional peer `execa`, once.
 *
 * @throws MissingDependencyError if it is not installed
 */
export function loadExeca(): Promise<typeof import('execa')> {
  loaded ??= import('execa').catch((cause: unknown) => {
    loaded = undefined;
    throw new MissingDependencyError({ dependency: 'execa', user: 'ProcessWorkerAdapter' }, { cause });
  });
  return loaded;
}
