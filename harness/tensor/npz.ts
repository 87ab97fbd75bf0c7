import { zipSync, type ZipOptions } from 'fflate';
import { decodeNpy, encodeNpy } from './npy.ts';
import type { NamedTensors, Tensor } from './tensor.ts';
import { TensorFileError } from './tensor-file-error.ts';
import { zipEntries } from './zip-entries.ts';

const extension = '.npy';
/** The earliest time a ZIP archive can hold, in its own zone-less form: as NumPy writes it. */
const fixedTime = new Date(1980, 0, 1);
const storedPlainly: ZipOptions = { level: 0, mtime: fixedTime };

/** More than any network's inputs and outputs take, less than what brings a host down. */
const defaultMaxBytes = 2 ** 31;

/**
 * Writes tensors as numpy.savez does: stored, not packed, each as `<name>.npy`, in the map's order. The same tensors
 * give the same bytes, whenever and wherever they are written.
 */
export function encodeNpz(tensors: NamedTensors): Uint8Array {
  const files = [...tensors].map(([name, value]) => [name + extension, encodeNpy(value)] as const);
  return zipSync(Object.fromEntries(files), storedPlainly);
}

/**
 * Reads the arrays of a .npz file in the order of its directory, stored or deflated.
 *
 * @param archive - The whole file; the tensors may share its memory.
 * @param origin - File the bytes come from, for messages.
 * @param maxBytes - Refused above this, by the declared sizes, before anything is unpacked.
 * @throws {TensorFileError} If it is no such file, is damaged, has two members of one name or one that is no array.
 */
export function decodeNpz(
  archive: Uint8Array,
  origin: string,
  maxBytes = defaultMaxBytes,
): Map<string, Tensor> {
  const entries = zipEntries(archive, origin);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (totalBytes > maxBytes) {
    throw new TensorFileError(
      origin,
      `declares ${totalBytes} bytes unpacked, more than the limit of ${maxBytes}`,
      {
        hint: 'Split it into several files, or take out the arrays that are not needed.',
      },
    );
  }
  const tensors = new Map<string, Tensor>();
  for (const entry of entries) {
    if (!entry.name.endsWith(extension)) {
      throw new TensorFileError(origin, `holds ${entry.name}, which is no .npy array`, {
        hint: 'Write the file again with numpy.savez(path, name=array, ...).',
      });
    }
    const name = entry.name.slice(0, -extension.length);
    if (tensors.has(name)) {
      throw new TensorFileError(origin, `holds two arrays named ${name}`, {
        hint: 'Write the file again, each array under its own name.',
      });
    }
    tensors.set(name, decodeNpy(entry.unpack(), `${origin}: ${entry.name}`));
  }
  return tensors;
}
