import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (path: string): string => fileURLToPath(new URL(`../lib/${path}`, import.meta.url));

/** What is tested as it is shipped: built first, by the project's global set-up. */
const builtSpecs = ['spec/package/dist*.spec.ts', 'spec/cli/**/*.spec.ts'];

/** Specs that leave nothing behind in their process, neither hooks nor open files: they share modules and a process. */
const sharedSpecs = [
  'spec/{errors,model,chunks,operators,executor,workers,manager,repositories,recipes,testing}/**/*.spec.ts',
  'spec/node/{disk,journal,process}/**/*.spec.ts',
];

const config: ViteUserConfig = defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^sluice$/, replacement: source('index.ts') },
      { find: /^sluice\/node$/, replacement: source('node/index.ts') },
      { find: /^sluice\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    coverage: { provider: 'v8', include: ['lib/**'], exclude: ['lib/cli/**'], reporter: ['text', 'html'] },
    // What hangs is found; what a busy machine delays is not.
    testTimeout: 30_000,
    // All cores: the default keeps one back, which is half of a machine with two.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'shared', include: sharedSpecs, isolate: false } },
      {
        extends: true,
        test: {
          name: 'source',
          include: ['spec/**/*.spec.ts'],
          exclude: [...builtSpecs, ...sharedSpecs],
          // Errors elsewhere are those of `npm run typecheck`.
          typecheck: {
            enabled: true,
            include: ['spec/**/*.test-d.ts'],
            tsconfig: 'spec/types/tsconfig.source.json',
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: { name: 'dist', include: builtSpecs, globalSetup: 'spec/package/build.ts' },
      },
    ],
  },
});

export default config;
