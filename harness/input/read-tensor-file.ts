import { extname } from 'node:path';
import type { CaseInput } from '../spec/case.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { decodeNpz } from '../tensor/npz.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';
import { TensorFileError } from '../tensor/tensor-file-error.ts';
import { decodeRaw } from './raw-tensor.ts';

/** What a tensor file gives: one tensor for whatever the only input is called, or several by name. */
export type TensorFile =
  | { readonly kind: 'single'; readonly tensor: Tensor }
  | { readonly kind: 'named'; readonly tensors: NamedTensors };

/** As much as an input file may have that is not packed. */
const maxUnpackedBytes = 512 * 2 ** 20;

/**
 * Reads a .npy, .npz or .bin file as the spec describes it.
 *
 * @throws {TensorFileError} If the file does not hold that.
 */
export function readTensorFile(
  bytes: Uint8Array,
  input: Pick<CaseInput, 'path' | 'member' | 'dtype' | 'shape'>,
  origin: string,
): TensorFile {
  const extension = extname(input.path).toLowerCase();
  if (extension === '.npz')
    return fromArchive(decodeNpz(bytes, origin, maxUnpackedBytes), input.member, origin);
  if (input.member !== undefined) {
    throw new TensorFileError(origin, `has no members, but the spec asks for ${input.member}`, {
      hint: 'Leave out `member`, which is for .npz files.',
    });
  }
  const decoded = extension === '.bin' ? decodeRaw(bytes, input, origin) : decodeNpy(bytes, origin);
  return { kind: 'single', tensor: decoded };
}

function fromArchive(tensors: NamedTensors, member: string | undefined, origin: string): TensorFile {
  const names = [...tensors.keys()].join(', ') || 'none';
  if (member === undefined) {
    const [only] = tensors.values();
    if (only === undefined) {
      throw new TensorFileError(origin, 'holds no arrays', {
        hint: 'Write the file again with numpy.savez(path, name=array, ...).',
      });
    }
    return tensors.size === 1 ? { kind: 'single', tensor: only } : { kind: 'named', tensors };
  }
  const chosen = tensors.get(member);
  if (chosen === undefined) {
    throw new TensorFileError(origin, `has no array ${member}; it holds ${names}`, {
      hint: 'Set `member` of the input to one of them.',
    });
  }
  return { kind: 'single', tensor: chosen };
}
