import rxjsX from 'eslint-plugin-rxjs-x';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import observableNames from './spec/lint/observable-names.js';

const typed = ['lib/**/*.ts', 'spec/**/*.ts', 'docs/examples/**/*.ts'];
const notTyped = ['**/*.{js,mjs,cjs}'];

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']));

export default defineConfig(
  globalIgnores(['dist/', 'docs/api/', 'coverage/', '**/node_modules/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: { eqeqeq: 'error', 'no-console': 'error', 'object-shorthand': 'error', 'prefer-const': 'error' },
  },
  {
    files: typed,
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
      rxjsX.configs.strict,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `noUncheckedIndexedAccess` makes every index optional; where the bounds are known, `!` says so and costs nothing.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Types are promises of the caller's that untyped callers, stored data and `JSON.stringify` do not keep: checks at the edges stay.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      // Anything can be thrown, and `String(error)` is the last resort that an error record has.
      '@typescript-eslint/no-base-to-string': 'off',
      // An index signature can name its key; a type alias can be a mapped type. Which form reads better is left to the author.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Rewrites `a !== undefined && a.b` into a comparison of `undefined`, and takes the narrowing away.
      '@typescript-eslint/prefer-optional-chain': 'off',
      // RxJS's types are structural wherever they can be, and so are ours.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A stream that must have a value and has none is an error, and that of RxJS says so.
      'rxjs-x/no-ignored-default-value': 'off',
      // What was caught is passed on as it was thrown.
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
      // RxJS reports an error that nobody handles, and that is what is wanted of a `timer` that cannot fail.
      'rxjs-x/no-ignored-error': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    plugins: { sluice: { rules: { 'observable-names': observableNames } } },
    rules: { 'sluice/observable-names': 'error' },
  },
  {
    files: ['lib/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['spec/**/*.ts', 'docs/examples/**/*.ts'],
    rules: {
      // A source is made from whatever a case needs, also from what nobody should write.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/require-await': 'off',
      // The marble helpers are meant to be destructured, and Vitest's asymmetric matchers are `any`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'rxjs-x/throw-error': 'off',
      'rxjs-x/no-floating-observables': 'off',
      'no-console': 'off',
    },
  },
  {
    files: notTyped,
    extends: [tseslint.configs.recommended],
    languageOptions: {
      globals: readonly(
        'AbortController',
        'AbortSignal',
        'Buffer',
        'URL',
        'clearTimeout',
        'console',
        'fetch',
        'performance',
        'process',
        'setImmediate',
        'setTimeout',
      ),
    },
    rules: { 'no-console': 'off', 'no-undef': 'error' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: readonly('__dirname', '__filename', 'module', 'require'),
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
