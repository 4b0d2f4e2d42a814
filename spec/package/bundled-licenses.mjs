/** The last step of the build: puts the licenses of all packages that are bundled into `dist` beside it, as they ask for. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

// The bundler names the file that each piece of code is from.
const origin = /^\s*\/\/ \S*?(node_modules\/(?:.*\/node_modules\/)?(?:@[^/\s]+\/)?[^/\s]+)\//gm;

const code = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\.c?js$/.test(path),
);
const folders = new Set(
  code.flatMap((path) =>
    [...readFileSync(`${root}dist/${path}`, 'utf8').matchAll(origin)].map(([, folder]) => folder),
  ),
);
if (folders.size === 0)
  throw new Error('Cannot collect licenses: no file in dist says what it was bundled from');

const sections = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'));
  const file = readdirSync(root + folder).find((entry) => /^licen[sc]e/i.test(entry));
  if (file === undefined) throw new Error(`Cannot collect licenses: ${folder} holds no license`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${root}${folder}/${file}`, 'utf8').trim()}\n`;
});
writeFileSync(
  `${root}dist/LICENSES.txt`,
  `Sluice is built with code of these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`,
);
