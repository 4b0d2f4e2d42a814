import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';
import { defineConfig } from 'vitest/config';
import type { Mutant } from './apply-mutant.js';
import { applyMutant } from './apply-mutant.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = (path: string): string => fileURLToPath(new URL(`../../lib/${path}`, import.meta.url));

const { SLUICE_MUTANT = '' } = process.env;

/** The specs that mutants must fail: those of the pipeline, which need neither a build nor a process. */
const config: ViteUserConfig = defineConfig({
  root,
  plugins: SLUICE_MUTANT === '' ? [] : [applyMutant(JSON.parse(SLUICE_MUTANT) as Mutant)],
  resolve: {
    alias: [
      { find: /^sluice$/, replacement: source('index.ts') },
      { find: /^sluice\/node$/, replacement: source('node/index.ts') },
      { find: /^sluice\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    include: ['spec/{chunks,operators,executor,manager}/**/*.spec.ts'],
    // What is tried many times proves that nothing recurses, and costs more than all the rest.
    testNamePattern: /^(?!.*(?:\bmany\b|no stack|without a stack))/,
    testTimeout: 60_000,
    isolate: false,
    // A property that has failed would go on looking for a smaller program.
    env: { SLUICE_PROPERTY_RUNS: '60' },
  },
});

export default config;
