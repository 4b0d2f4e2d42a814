import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One change of one file. */
export interface Mutant {
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

/** A plugin for Vite that changes one file as it is loaded. Nothing on the disk is touched. */
export function applyMutant(mutant: Mutant): Plugin {
  return {
    name: 'apply-mutant',
    enforce: 'pre',
    transform: (code, id) =>
      id.split('?')[0] === root + mutant.file
        ? importOperators(code.replace(mutant.search, () => mutant.replace))
        : undefined,
  };
}

/** A mutant may name an operator that its file does not import. */
function importOperators(code: string): string {
  const operators = ['concatMap', 'exhaustMap', 'map', 'mergeMap', 'switchMap', 'timer'];
  const missing = operators.filter(
    (name) =>
      new RegExp(`\\b${name}\\(`).test(code) && !new RegExp(`import \\{[^}]*\\b${name}\\b`).test(code),
  );
  return missing.length === 0 ? code : `import { ${missing.join(', ')} } from 'rxjs';\n${code}`;
}
