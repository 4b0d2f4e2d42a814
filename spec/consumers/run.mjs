/**
 * Proves the package as it is published: packs `dist`, installs the tarball into an empty project, and compiles and runs `consumer.ts` there,
 * as an ES module and as CommonJS, with and without the optional peer. Needs a build; fetches rxjs, @types/node and execa as `npm ci` does.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The oldest and the newest TypeScript that consumers may have. */
const compilers = ['typescript-5.9', 'typescript'].map((name) => join(root, 'node_modules', name, 'bin/tsc'));
const project = mkdtempSync(join(tmpdir(), 'sluice-consumers-'));

const run = (command, ...args) =>
  execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });
const install = (...packages) =>
  run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...packages);
/** As this repository has it, so that the check does not change from one day to the next. */
const pinned = (name) =>
  `${name}@${JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version}`;
const write = (path, value) => writeFileSync(join(project, path), JSON.stringify(value, null, 2));

const strict = {
  target: 'ES2022',
  lib: ['ES2023'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
};

try {
  for (let folder = dirname(project); folder !== dirname(folder); folder = dirname(folder)) {
    assert(
      !existsSync(join(folder, 'node_modules')),
      `Cannot check consumers: '${folder}/node_modules' would stand in for what they have not installed (set TMPDIR)`,
    );
  }
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
      cwd: root,
      encoding: 'utf8',
    }),
  );
  write('package.json', { name: 'consumer', private: true, type: 'module' });
  install(join(project, filename), pinned('rxjs'), pinned('@types/node'));

  const source = join(root, 'spec/consumers/consumer.ts');
  copyFileSync(source, join(project, 'consumer.ts'));
  copyFileSync(source, join(project, 'consumer.cts'));
  write('tsconfig.node16.json', {
    compilerOptions: { ...strict, module: 'Node16', outDir: 'out' },
    include: ['*.ts', '*.cts'],
  });
  write('tsconfig.bundler.json', {
    compilerOptions: { ...strict, module: 'ESNext', moduleResolution: 'bundler', noEmit: true },
    include: ['*.ts'],
  });
  write('tsconfig.browser.json', {
    compilerOptions: {
      ...strict,
      lib: ['ES2023', 'DOM'],
      types: [],
      module: 'ESNext',
      moduleResolution: 'bundler',
      noEmit: true,
    },
    files: ['browser.ts'],
  });
  writeFileSync(join(project, 'browser.ts'), "export * from 'sluice';\n");
  for (const tsc of compilers) {
    const version = run(process.execPath, tsc, '--version').trim();
    for (const name of ['node16', 'bundler', 'browser']) {
      run(process.execPath, tsc, '-p', `tsconfig.${name}.json`);
      console.log(`ok: types, ${name}, ${version}`);
    }
    // Here, since they need Vitest; what they test is what was built.
    run(process.execPath, tsc, '-p', join(root, 'spec/types'));
    console.log(`ok: type tests, ${version}`);
  }

  const consume = (execa) =>
    ['out/consumer.js', 'out/consumer.cjs'].forEach((path) =>
      process.stdout.write(run(process.execPath, path, execa)),
    );
  consume('without-execa');
  install(pinned('execa'));
  consume('with-execa');

  assert.match(run('npx', '--no-install', 'sluice', '--help'), /^Usage: sluice/);
  console.log('ok: npx sluice');
} catch (error) {
  // What a compiler has to say is on its stdout.
  console.error(error instanceof Error && 'stdout' in error ? `${error.message}\n${error.stdout}` : error);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
