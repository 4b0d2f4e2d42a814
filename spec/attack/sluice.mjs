import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built command. */
export const command = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url));

/** Starts the command; `ended` resolves to how it ended, and what it wrote. Whatever takes `limitMs` hangs, and is killed. */
export function start(args, { cwd, env = {}, limitMs = 60_000, shell } = {}) {
  const began = performance.now();
  const [program, ...words] =
    shell === undefined
      ? [process.execPath, command, ...args]
      : ['sh', '-c', `${shell}; exec "$@"`, 'sh', process.execPath, command, ...args];
  const child = spawn(program, words, {
    cwd,
    env: { ...process.env, SLUICE_STORE: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => (written[name] += text));
  let hasHung = false;
  const timer = setTimeout(() => {
    hasHung = true;
    child.kill('SIGKILL');
  }, limitMs);
  const ended = once(child, 'close').then(([code, signal]) => {
    clearTimeout(timer);
    return { code, signal, hasHung, tookMs: performance.now() - began, ...written };
  });
  return { child, ended };
}

/** Runs the command to its end. */
export const run = (args, options) => start(args, options).ended;

/** What is wrong with how a command ended, whatever it was asked to do. */
export function problemOf({ code, signal, hasHung, stderr }) {
  if (hasHung) return 'it hangs';
  if (signal !== null) return `it died of ${signal}`;
  if (/^\s+at .*:\d+:\d+\)?$/m.test(stderr)) return `it shows a stack: ${stderr.slice(0, 300)}`;
  if (![0, 1, 2, 3, 4, 5, 6, 7, 8, 130].includes(code))
    return `its exit code is ${code}: ${stderr.slice(0, 300)}`;
  if (code !== 0 && !/^sluice: /m.test(stderr))
    return `it ends with ${code} and says: ${stderr.slice(0, 300)}`;
  return undefined;
}
