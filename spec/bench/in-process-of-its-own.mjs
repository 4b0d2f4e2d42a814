import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const alone = fileURLToPath(new URL('alone.mjs', import.meta.url));

/**
 * Runs a measurement where nothing else has run: what the engine has learned of one contender, and the garbage of one, are not another's to pay for.
 *
 * @returns what the measurement found
 */
export function inProcessOfItsOwn(module, measurement, ...args) {
  return new Promise((resolve, reject) => {
    const child = fork(alone, [module, measurement, JSON.stringify(args)], {
      execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    });
    let found;
    child.on('message', (message) => (found = message));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 && found !== undefined) resolve(found);
      else
        reject(
          new Error(`Cannot measure ${module} ${measurement}: its process ended with ${code ?? signal}`),
        );
    });
  });
}
