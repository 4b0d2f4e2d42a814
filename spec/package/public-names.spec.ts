import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const golden = new URL('public-names.json', import.meta.url);

const entries = {
  sluice: 'lib/index.ts',
  'sluice/node': 'lib/node/index.ts',
  'sluice/testing': 'lib/testing/index.ts',
} as const;

/** What a user can import: a name is a promise. */
interface PublicNames {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

it.each(Object.keys(entries) as (keyof typeof entries)[])(
  '%s exports the reviewed names and no others (UPDATE_GOLDEN=1 takes the change over)',
  (entry) => {
    const actual = publicNames()[entry];
    if (process.env.UPDATE_GOLDEN === '1')
      writeFileSync(golden, `${JSON.stringify({ ...readGolden(), [entry]: actual }, null, 2)}\n`);
    expect(actual).toEqual(readGolden()[entry]);
  },
  60_000,
);

function readGolden(): Partial<Record<string, PublicNames>> {
  return JSON.parse(readFileSync(golden, 'utf8')) as Record<string, PublicNames>;
}

let names: Record<keyof typeof entries, PublicNames> | undefined;

function publicNames(): Record<keyof typeof entries, PublicNames> {
  if (names) return names;
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram(
    Object.values(entries).map((path) => root + path),
    // Names need no types of the platform.
    { ...options, noLib: true, types: [] },
  );
  const checker = program.getTypeChecker();
  const namesOf = (path: string): PublicNames => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(root + path)!);
    const exported = module ? checker.getExportsOfModule(module) : [];
    const named = (hasValue: boolean): string[] =>
      exported
        .filter((symbol) => isValue(checker, symbol) === hasValue)
        .map(({ name }) => name)
        .sort();
    return { values: named(true), types: named(false) };
  };
  names = {
    sluice: namesOf(entries.sluice),
    'sluice/node': namesOf(entries['sluice/node']),
    'sluice/testing': namesOf(entries['sluice/testing']),
  };
  return names;
}

/** A name that is exported with `export type` is a type, also if it is that of a class. */
function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  const typeOnly =
    symbol.declarations?.some(
      (declaration) =>
        ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly),
    ) === true;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return !typeOnly && (target.flags & ts.SymbolFlags.Value) !== 0;
}
