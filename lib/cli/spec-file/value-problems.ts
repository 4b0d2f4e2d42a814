import type { SpecProblem, ValuePath } from './spec-problem.js';
import { pathText } from './spec-problem.js';
import { maxDepth } from './spec-source.js';
import { tooDeep } from './json-source.js';

const maxProblems = 20;
/** Half of a character. */
const loneSurrogate = /\p{Surrogate}/u;

/** Valibot passes over them, for they are dangerous to copy. In chunks they are names like any other. */
const specialNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * What of a value would silently become something else, in a process or in the store: half characters, and
 * whole numbers with more digits than a number has. And names that nothing else would find.
 */
export function valueProblems(value: unknown): readonly SpecProblem[] {
  const problems: SpecProblem[] = [];
  const left: { readonly value: unknown; readonly path: ValuePath }[] = [{ value, path: [] }];
  for (let at = left.pop(); at !== undefined && problems.length < maxProblems; at = left.pop()) {
    const { path } = at;
    if (path.length > maxDepth) return [{ ...tooDeep(0), offset: undefined, path: path.slice(0, 1) }];
    if (typeof at.value === 'string' && loneSurrogate.test(at.value))
      problems.push({ path, problem: `${pathText(path)} must be whole characters, received half of one` });
    if (typeof at.value === 'number' && isInexact(at.value))
      problems.push({
        path,
        problem: `${pathText(path)} must be a whole number that is exact (put longer ones in quotes), received ${at.value}`,
      });
    if (typeof at.value !== 'object' || at.value === null) continue;
    for (const [key, child] of Object.entries(at.value).reverse()) {
      const childPath = [...path, Array.isArray(at.value) ? Number(key) : key];
      if (loneSurrogate.test(key))
        problems.push({
          path: childPath,
          ofName: true,
          problem: 'names must be whole characters, received half of one',
        });
      if (specialNames.has(key) && path[0] !== 'chunks')
        problems.push({ path: childPath, ofName: true, problem: `${pathText(childPath)} is not known here` });
      left.push({ value: child, path: childPath });
    }
  }
  return problems;
}

function isInexact(value: number): boolean {
  // What is written with an exponent is not meant to the last digit.
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
}
