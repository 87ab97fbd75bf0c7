import { crc32, inflateRawSync } from 'node:zlib';
import { TensorFileError } from './tensor-file-error.ts';

/** One file inside a ZIP archive, as the archive's directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** Size after unpacking, as declared; {@link unpack} holds the content to it. */
  readonly bytes: number;
  /** Unpacks the content, at most {@link bytes} of it, and checks size and CRC-32. @throws {TensorFileError} */
  unpack(): Uint8Array;
}

const endSignature = 0x0605_4b50;
const endBytes = 22;
const directorySignature = 0x0201_4b50;
const directoryEntryBytes = 46;
const localSignature = 0x0403_4b50;
const localHeaderBytes = 30;
const stored = 0;
const deflated = 8;
const zip64Mark = 0xffff_ffff;

const copyAgain = { hint: 'Copy the file again, or write it again with numpy.savez.' };

/**
 * Lists a ZIP archive by its directory, in the directory's order; unpacks nothing yet.
 *
 * @throws {TensorFileError} If it is no ZIP archive, is damaged, encrypted, in several parts, or above 4 GB.
 */
export function zipEntries(archive: Uint8Array, origin: string): ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const fail = (problem: string): never => {
    throw new TensorFileError(origin, problem, copyAgain);
  };
  const end = findEnd(view);
  if (end === undefined)
    return fail('is no complete .npz file: a ZIP archive has a directory at its end, this has none');
  const count = view.getUint16(end + 10, true);
  const directoryBytes = view.getUint32(end + 12, true);
  const directoryStart = view.getUint32(end + 16, true);
  if (directoryStart === zip64Mark || count === 0xffff)
    return fail('is a ZIP archive above 4 GB, which is not read');
  if (view.getUint16(end + 4, true) !== 0 || directoryStart + directoryBytes > end) {
    return fail('has a ZIP directory that lies outside the file');
  }
  const entries: ZipEntry[] = [];
  let at = directoryStart;
  for (let i = 0; i < count; i++) {
    if (at + directoryEntryBytes > end || view.getUint32(at, true) !== directorySignature) {
      return fail(`has a damaged ZIP directory: entry ${i + 1} of ${count} is not there`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const next =
      at + directoryEntryBytes + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) return fail(`has a damaged ZIP directory: entry ${i + 1} of ${count} is cut short`);
    const rawName = archive.subarray(at + directoryEntryBytes, at + directoryEntryBytes + nameBytes);
    entries.push(
      readEntry(archive, view, {
        origin,
        name: decodeName(rawName) ?? fail(`has a member whose name is no UTF-8 text`),
        rawName,
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packedBytes: view.getUint32(at + 20, true),
        bytes: view.getUint32(at + 24, true),
        localStart: view.getUint32(at + 42, true),
      }),
    );
    at = next;
  }
  return entries;
}

/** Position of the end record: the archive may carry a comment of up to 65,535 bytes behind it. */
function findEnd(view: DataView): number | undefined {
  const first = Math.max(0, view.byteLength - endBytes - 0xffff);
  for (let at = view.byteLength - endBytes; at >= first; at--) {
    const isEnd =
      view.getUint32(at, true) === endSignature &&
      at + endBytes + view.getUint16(at + 20, true) === view.byteLength;
    if (isEnd) return at;
  }
  return undefined;
}

function decodeName(raw: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return undefined;
  }
}

interface DirectoryEntry {
  readonly origin: string;
  readonly name: string;
  readonly rawName: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly localStart: number;
}

function readEntry(archive: Uint8Array, view: DataView, entry: DirectoryEntry): ZipEntry {
  const { name, bytes, packedBytes, method, localStart } = entry;
  const fail = (problem: string, cause?: unknown): never => {
    throw new TensorFileError(`${entry.origin}: ${name}`, problem, { ...copyAgain, cause });
  };
  if (entry.flags & 1) return fail('is encrypted, expected a plain array');
  if (method !== stored && method !== deflated) {
    return fail(`is packed with ZIP method ${method}, expected stored or deflated`);
  }
  if (bytes === zip64Mark || packedBytes === zip64Mark || localStart === zip64Mark) {
    return fail('is above 4 GB, which is not read');
  }
  if (method === stored && bytes !== packedBytes) {
    return fail(`is stored, yet declares ${packedBytes} bytes packed and ${bytes} unpacked`);
  }
  return {
    name,
    bytes,
    unpack() {
      const intact =
        localStart + localHeaderBytes <= archive.length &&
        view.getUint32(localStart, true) === localSignature &&
        view.getUint16(localStart + 26, true) === entry.rawName.length;
      if (!intact) return fail('is not where the ZIP directory says');
      const start =
        localStart + localHeaderBytes + entry.rawName.length + view.getUint16(localStart + 28, true);
      if (start + packedBytes > archive.length) return fail('is cut short');
      const packed = archive.subarray(start, start + packedBytes);
      const content = method === stored ? packed : inflate(packed, bytes, fail);
      if (content.length !== bytes) {
        return fail(`unpacks to ${content.length} bytes, the ZIP directory declares ${bytes}`);
      }
      if (crc32(content) !== entry.crc) return fail('is damaged: its CRC-32 does not match');
      return content;
    },
  };
}

function inflate(
  packed: Uint8Array,
  declaredBytes: number,
  fail: (problem: string, cause: unknown) => never,
): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, declaredBytes) });
  } catch (cause) {
    const tooLong = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    const problem = tooLong
      ? `unpacks to more than the ${declaredBytes} bytes it declares`
      : 'cannot be unpacked';
    return fail(problem, cause);
  }
}
