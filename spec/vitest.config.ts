import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (path: string): string => fileURLToPath(new URL(`../lib/${path}`, import.meta.url));

/** What is tested as it is shipped: built first, by the project's global set-up. */
const builtSpecs = ['spec/package/dist*.spec.ts', 'spec/cli/**/*.spec.ts'];

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
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          include: ['spec/**/*.spec.ts'],
          exclude: builtSpecs,
          // Errors elsewhere are those of `npm run typecheck`.
          typecheck: {
            enabled: true,
            include: ['spec/**/*.test-d.ts'],
            tsconfig: 'tsconfig.json',
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
