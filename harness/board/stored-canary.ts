import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { HilError } from '../hil-error.ts';
import type { CanaryConfig } from '../project/ssh-board-config.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { bytesOf } from '../tensor/dtype.ts';
import { decodeNpy } from '../tensor/npy.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Canary } from './canary.ts';

/** A canary's file cannot be read. */
export class CanaryUnreadableError extends HilError {
  readonly code = 'HIL_CANARY_UNREADABLE';
  readonly owner = 'lab';
}

/**
 * A canary from the files that a board's entry names: a model, its input, and the raw answers that a board gave which is
 * known to be good.
 *
 * @throws {CanaryUnreadableError | TensorFileError} If a file is not there or is no .npy file.
 */
export async function loadCanary({ model, input, expected }: CanaryConfig, root: string): Promise<Canary> {
  const bytes = await readCanaryFile(model, root);
  const tensor = await readTensor(input, root);
  const inputBytes = bytesOf(tensor.data);
  const answers = await Promise.all(expected.map((file) => readTensor(file, root)));
  return {
    model: { path: basename(model), bytes, sha256: sha256Hex(bytes) },
    request: {
      inputs: [
        {
          index: 0,
          bytes: inputBytes,
          dtype: tensor.dtype,
          layout: 'NHWC',
          passThrough: false,
          sizeBytes: inputBytes.length,
        },
      ],
      repeats: 1,
    },
    expected: answers.map(({ data }) => bytesOf(data)),
  };
}

const readTensor = async (file: string, root: string): Promise<Tensor> =>
  decodeNpy(await readCanaryFile(file, root), file);

async function readCanaryFile(file: string, root: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(root, file));
  } catch (cause) {
    throw new CanaryUnreadableError(`the canary’s file ${file} cannot be read`, {
      hint: 'Correct canary in the board’s entry in hil.config.yaml; its paths are relative to that file.',
      cause,
    });
  }
}
