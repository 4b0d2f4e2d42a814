import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { FileJobRepository } from 'sluice/node';
import { isTyped, makeStore, readJob, within } from './sample-store.mjs';

const limitMs = 10_000;

/** What else can be at a path. Each makes it there. */
const kinds = {
  'a directory': (path) => mkdirSync(path),
  'a directory with a file of somebody': (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'mine.txt'), 'mine');
  },
  'a FIFO': (path) => spawnSync('mkfifo', [path]),
  'a socket': async (path) => {
    const server = createServer().listen(path);
    await once(server, 'listening');
    return () => server.close();
  },
  'a link to a file of somebody': (path, outside) => symlinkSync(outside, path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to nothing': (path) => symlinkSync('/not/there', path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a device': (path) => spawnSync('mknod', [path, 'c', '1', '5']),
};

/** Puts something else in the place of each file and directory of a store. */
export async function attack({ seed, folder }) {
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const places = readdirSync(whole, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /^(?:\.|left|paused)/.test(name) && !name.startsWith('.trash'),
  );
  const problems = [];
  let cases = 0;
  for (const place of ['', ...places]) {
    for (const [kind, make] of Object.entries(kinds)) {
      cases += 1;
      const what = `${kind} in the place of ${place === '' ? 'the store' : place}`;
      const store = join(folder, 's');
      const outside = join(folder, 'outside.txt');
      writeFileSync(outside, 'mine');
      cpSync(whole, store, { recursive: true });
      rmSync(join(store, place), { recursive: true });
      const end = await make(join(store, place), outside);
      for (const problem of await judge(store, what, place)) problems.push(problem);
      if (readFileSync(outside, 'utf8') !== 'mine') problems.push(`${what}: what it leads to was changed`);
      if (typeof end === 'function') end();
      if (kind.endsWith('of somebody') && kind.startsWith('a directory') && lost(store, place))
        problems.push(`${what}: the file of somebody is gone`);
      rmSync(store, { recursive: true, force: true });
    }
  }
  return {
    what: `${cases} odd things in ${places.length + 1} places of a store`,
    found: `seed ${seed} has no effect`,
    problems,
  };
}

/** Deleting a job moves it away first: what is no file of a job must be there all the same, somewhere. */
function lost(store, place) {
  if (existsSync(join(store, place, 'mine.txt'))) return false;
  return !readdirSync(store, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('mine.txt'));
}

async function judge(store, what, place) {
  const problems = [];
  const attempt = async (name, call) => {
    try {
      return await within(limitMs, call(), `${what}: ${name}`);
    } catch (error) {
      if (/ hangs$/.test(error.message)) problems.push(error.message);
      else if (!isTyped(error)) problems.push(`${what}: ${name}: ${error.stack}`);
      return undefined;
    }
  };
  const repository = new FileJobRepository({ directory: store });
  await attempt('list', async () => {
    const listed = [];
    try {
      for await (const { id } of repository.list()) listed.push(id);
    } finally {
      const isOfJob = /^(?:left|paused)/.test(place);
      if (isOfJob && !['completed', 'failed'].every((id) => listed.includes(id)))
        problems.push(`${what}: list hides other jobs: ${listed.join(', ')}`);
    }
  });
  await attempt('verify', () => repository.verify());
  for (const id of ['left', 'paused']) {
    await attempt(`read ${id}`, async () => {
      const { error } = await readJob(repository, id);
      if (error !== undefined) throw error;
    });
    await attempt(`load ${id}`, () => repository.load(id));
    await attempt(`send ${id}`, () => repository.send(id, { type: 'resume' }));
    await attempt(`acquire ${id}`, async () => {
      const { lease } = await repository.acquire(id, { owner: 'attack', leaseMs: 5_000 });
      await repository.release(lease);
    });
    await attempt(`delete ${id}`, () => repository.delete(id));
  }
  return problems;
}
