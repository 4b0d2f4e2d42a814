import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** What a program downloads for the sake of some names, or all (`*`), in kB: minified, compressed with brotli, without RxJS and immer. */
export async function size(names) {
  const contents = `export ${names} from ${JSON.stringify(library)};`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    minify: true,
    format: 'esm',
    external: ['rxjs', 'immer'],
    write: false,
  });
  return brotliCompressSync(outputFiles[0].contents).length / 1_000;
}
