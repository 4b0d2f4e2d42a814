/**
 * What Linux, macOS and Windows allow for a name, in bytes of UTF-8 (there, in characters: never more than
 * this).
 */
const longestName = 255;
/** What Linux allows for a path, with the NUL behind it. */
const longestPath = 4_095;

/**
 * What is wrong with the path of an output file, as far as its form tells; `undefined` if nothing is.
 *
 * @param path - absolute
 */
export function outputPathProblem(path: string): string | undefined {
  if (path.includes('\0')) return 'must hold no NUL';
  const long = path.split(/[\\/]/).find((name) => Buffer.byteLength(name) > longestName);
  if (long !== undefined)
    return `must have names of ${longestName} bytes at most, received one of ${Buffer.byteLength(long)}`;
  const length = Buffer.byteLength(path);
  return length > longestPath ? `must have ${longestPath} bytes at most, received ${length}` : undefined;
}
