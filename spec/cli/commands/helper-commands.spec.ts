import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

const shipped = fileURLToPath(new URL('../../../dist/cli/spec-file.schema.json', import.meta.url));

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

describe('sluice init', () => {
  it('writes a spec that runs, and names the schema that is shipped', async () => {
    const { code, stderr } = await workspace.run('init', 'first.yaml');

    expect([code, stderr]).toEqual([0, 'first.yaml is written; to run it: sluice run first.yaml\n']);
    const ran = await workspace.run('run', 'first.yaml');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('"result":"red has 3 letters"');
    const [, schema] = /^# yaml-language-server: \$schema=(.*)$/m.exec(await workspace.read('first.yaml'))!;
    expect(existsSync(join(workspace.path, schema!))).toBe(true);
  });

  it('leaves a file alone that is there', async () => {
    await workspace.write('first-job.yaml', 'mine');
    const { code, stderr } = await workspace.run('init');
    expect([code, stderr]).toEqual([
      2,
      'sluice: Cannot write first-job.yaml: it must not be there yet; to write another file: sluice init FILE\n',
    ]);
    expect(await workspace.read('first-job.yaml')).toBe('mine');
  });
});

describe('sluice schema', () => {
  it('writes what is shipped: every entry with a description, and no other allowed', async () => {
    const { stdout } = await workspace.run('schema');

    expect(stdout).toBe(await readFile(shipped, 'utf8'));
    const schema = JSON.parse(stdout) as {
      required: string[];
      properties: Record<string, { description?: string; anyOf?: unknown[]; default?: unknown }>;
    };
    expect(stdout).not.toContain('$ref');
    expect(schema.required).toEqual(['chunks', 'command']);
    expect(
      Object.entries(schema.properties).filter(([, { description }]) => description === undefined),
    ).toEqual([]);
    expect(schema.properties.chunks!.anyOf).toEqual([
      { type: 'array', items: {} },
      expect.objectContaining({ type: 'object', required: ['total', 'size'] }),
    ]);
    expect(schema.properties.concurrency).toMatchObject({ type: 'integer', minimum: 1, default: 4 });
    expect(schema).toMatchObject({ additionalProperties: { not: {} } });
  });
});
