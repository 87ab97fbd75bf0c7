import { InternalError } from '../../../harness/hil-error.ts';

const marker = Buffer.from('librknn_runtime version ', 'latin1');
const identityBytes = 160;

/**
 * The stand-in librknn_api.so for another SDK version: what a library says of itself is text in the file, as with the
 * vendor's.
 *
 * @param library - The file as it was built; unchanged.
 */
export function libraryFor(sdk: string, library: Uint8Array): Uint8Array {
  const bytes = Buffer.from(library);
  const start = bytes.indexOf(marker);
  if (start < 0) throw new InternalError('the stand-in library does not say which SDK it stands for');
  const end = bytes.indexOf(0, start);
  const text = bytes.toString('latin1', start, end).replaceAll(/(?<=version )\S+/g, sdk);
  if (text.length >= identityBytes) throw new InternalError(`the stand-in library has no room for ${sdk}`);
  bytes.fill(0, start, start + identityBytes);
  bytes.write(text, start, 'latin1');
  return bytes;
}
