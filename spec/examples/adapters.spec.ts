import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobEvent } from 'sluice';
import { execute } from 'sluice';
import {
  crashRepository,
  crashScenarios,
  crashSuite,
  jobRepositoryContract,
  workerAdapterContract,
} from 'sluice/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DocumentJobRepository } from '../../docs/examples/adapters/document-job-repository.js';
import type { DocumentStore } from '../../docs/examples/adapters/document-store.js';
import { MemoryDocumentStore } from '../../docs/examples/adapters/document-store.js';
import { FetchWorkerAdapter } from '../../docs/examples/adapters/fetch-worker-adapter.js';

describe('DocumentJobRepository', () => {
  const stores = new WeakMap<DocumentJobRepository, DocumentStore>();
  const over = (store: DocumentStore): DocumentJobRepository => {
    const repository = new DocumentJobRepository(store);
    stores.set(repository, store);
    return repository;
  };
  const contract = jobRepositoryContract(() => over(new MemoryDocumentStore()), {
    second: (first) => over(stores.get(first)!),
  });
  for (const { name, run } of contract) it(name, run);
});

describe('DocumentJobRepository, crashed at every write', () => {
  const createStore = () => {
    const documents = new MemoryDocumentStore();
    return {
      open: (crash: Parameters<typeof crashRepository>[1]) =>
        crashRepository(new DocumentJobRepository(documents), crash),
    };
  };
  const scenarios = crashScenarios.filter(({ name }) => /runs to its end|who claims it/.test(name));
  for (const { name, run } of crashSuite({
    createStore,
    scenarios,
    faults: ['stall-after', 'die-within'],
    leaseMs: 500,
  }))
    it(name, run, 60_000);
});

describe('FetchWorkerAdapter', () => {
  let running = 0;
  const server = createServer((request, response) => {
    running += 1;
    response.once('close', () => (running -= 1));
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const chunk = JSON.parse(body) as string;
      if (chunk === 'never') return;
      response.statusCode = chunk === 'good' ? 200 : chunk === 'bad' ? 500 : 404;
      response.end('"done"');
    });
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const contract = workerAdapterContract<string, string>({
    create: () => new FetchWorkerAdapter<string, string>(url()),
    succeeds: 'good',
    result: 'done',
    fails: 'bad',
    hangs: 'never',
    running: () => running,
    stops: 'asked',
  });
  for (const { name, run } of contract) it(name, run, 30_000);

  it('does not try again what the server will never do', async () => {
    const events: JobEvent[] = [];
    const spec = { kind: 'ask', chunks: ['nowhere'] };
    const options = { worker: new FetchWorkerAdapter<string>(url()), retry: { retries: 5, delayMs: 0 } };
    await expect(execute(spec, options).forEach((event) => events.push(event))).rejects.toMatchObject({
      code: 'JOB_FAILED',
    });
    expect(events.find(({ type }) => type === 'chunk-failed')).toMatchObject({
      attempt: 1,
      error: { name: 'RefusedError' },
    });
  });
});

describe('the adapters of the page', () => {
  it('have files of under a hundred lines', async () => {
    const folder = new URL('../../docs/examples/adapters/', import.meta.url);
    for (const name of await readdir(folder)) {
      const lines = (await readFile(new URL(name, folder), 'utf8')).split('\n').length - 1;
      expect([name, lines < 100]).toEqual([name, true]);
    }
  });
});
