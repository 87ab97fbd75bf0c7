import { join } from 'node:path';
import { HilError } from '../hil-error.ts';
import type { GoldenName } from './golden.ts';

/** The folder or input of a golden does not name a place under the golden folder. */
export class GoldenPathError extends HilError {
  readonly code = 'HIL_GOLDEN_PATH';
  readonly owner = 'spec';

  constructor(what: string, problem: string) {
    super(`${what} cannot be a place for a golden: ${problem}`, {
      hint: 'Write a plain folder name under `golden` in the spec, or give the input a plain `name`.',
    });
  }
}

/** Longest file name that common file systems take, in bytes, less room for the temporary name of a write. */
const longestName = 200;

/**
 * Where a golden's two files are, without their extension. Characters that have a meaning in paths are written as in
 * URLs (`%2F`), so no name leads out of the root, and no two names lead to the same place.
 *
 * @param root - The project's golden folder, absolute.
 * @throws {GoldenPathError}
 */
export function goldenPath(root: string, { folder, input }: GoldenName): string {
  const segments = folder.split('/');
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new GoldenPathError(`golden folder "${folder}"`, 'it is not a relative folder below golden/');
    }
  }
  if (input === '') throw new GoldenPathError('an input', 'its name is empty');
  const encoded = [...segments, input].map((segment) => encodeName(segment));
  const long = encoded.find((segment) => Buffer.byteLength(segment) > longestName);
  if (long !== undefined) throw new GoldenPathError(`"${long}"`, `it is longer than ${longestName} bytes`);
  return join(root, ...encoded);
}

/** Which golden a manifest file belongs to; the inverse of {@link goldenPath}. */
export function goldenNameOf(pathInRoot: string): GoldenName {
  const names = pathInRoot
    .replace(/\.json$/, '')
    .split(/[/\\]/)
    .map((segment) => decodeName(segment));
  return { folder: names.slice(0, -1).join('/'), input: names.at(-1)! };
}

// Reserved in paths of Linux, macOS or Windows; a dot at either end and a space at the end have a meaning too.
// eslint-disable-next-line no-control-regex
const reserved = /[%/\\:*?"<>|\u0000-\u001f\u007f]|^\.|[. ]$/g;

const encodeName = (name: string) =>
  name
    .normalize('NFC')
    .replaceAll(reserved, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

const decodeName = (name: string) =>
  name
    .normalize('NFC')
    .replaceAll(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
