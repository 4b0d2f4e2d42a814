import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const isWindows = process.platform === 'win32';

/** What stops a tree of processes on Windows, where there are no groups. */
export type TaskKill = (pid: number) => PromiseLike<unknown>;

/**
 * A process that was started in a group of its own, and all that it started: the kernel delivers a signal to
 * every one of them, also to those whose parent is gone. A process that left the group on purpose (`setsid`)
 * is out of reach.
 */
export class ProcessGroup {
  /** The leader, and the group. */
  readonly pid: number;
  readonly #taskKill: TaskKill;
  #isGone = false;
  #stopped: Promise<void> | undefined = undefined;

  constructor(pid: number, taskKill: TaskKill) {
    this.pid = pid;
    this.#taskKill = taskKill;
  }

  /** Sends SIGTERM, and SIGKILL after `killAfterMs` to whatever is left. Resolves when nothing is left. */
  stop(killAfterMs: number): Promise<void> {
    this.#stopped ??= this.#stop(killAfterMs);
    return this.#stopped;
  }

  /** Ends all of it at once. For a process that is about to exit itself. */
  killNow(): void {
    if (!this.#isGone) this.#signal('SIGKILL');
  }

  /** Resolves to whether all of it ended within `withinMs`. */
  async gone(withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (let delayMs = 2; ; delayMs = Math.min(delayMs * 2, 100)) {
      if (await this.#checkGone(delayMs >= 100)) return true;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return false;
      await sleep(Math.min(delayMs, leftMs));
    }
  }

  async #stop(killAfterMs: number): Promise<void> {
    if (isWindows) {
      await Promise.resolve(this.#taskKill(this.pid)).catch(() => undefined);
      this.#isGone = true;
      return;
    }
    this.#signal('SIGTERM');
    if (await this.gone(killAfterMs)) return;
    this.#signal('SIGKILL');
    // The kernel ends it as soon as it can. What cannot end (a dead network disk) is for `stopGraceMs` to
    // give up on.
    await this.gone(Infinity);
  }

  #signal(signal: NodeJS.Signals | 0): void {
    if (this.#isGone) return;
    try {
      // Windows knows no groups, and ends a process whatever the signal is.
      process.kill(isWindows ? this.pid : -this.pid, signal);
    } catch (error) {
      // Once it is gone its number may be given to another group: it must never be signalled again. macOS
      // answers EPERM for zombies.
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ESRCH' || (code === 'EPERM' && process.platform === 'darwin')) this.#isGone = true;
    }
  }

  async #checkGone(isLate: boolean): Promise<boolean> {
    this.#signal(0);
    // Where the first process of a container does not reap orphans, the dead stay in their group for ever.
    if (!this.#isGone && isLate && process.platform === 'linux' && !(await hasLiving(this.pid)))
      this.#isGone = true;
    return this.#isGone;
  }
}

/** Whether a member of the group is more than a zombie, by `/proc`. */
async function hasLiving(group: number): Promise<boolean> {
  const entries = await readdir('/proc').catch((): string[] => []);
  let members = 0;
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    // `pid (name) state parent group …`, where the name may hold anything.
    const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(memberOf) !== group) continue;
    members += 1;
    if (state !== 'Z' && state !== 'X') return true;
  }
  // Without a single member in sight /proc cannot be trusted (hidepid); the signal knows better.
  return members === 0;
}
