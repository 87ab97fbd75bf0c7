import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { HilError } from '../hil-error.ts';
import type { Inspection } from './inspection.ts';
import { inspectCaffemodel, inspectOnnx, inspectPrototxt } from './inspect-network.ts';
import { inspectRknn } from './inspect-rknn.ts';

/** A model file that cannot be read, or whose kind is not known. */
export class InspectionError extends HilError {
  readonly code = 'HIL_INSPECT';
  readonly owner = 'spec';
}

type Inspect = (bytes: Uint8Array, origin: string) => Inspection;

const byExtension: Readonly<Record<string, Inspect>> = {
  '.rknn': inspectRknn,
  '.onnx': inspectOnnx,
  '.prototxt': inspectPrototxt,
  '.caffemodel': inspectCaffemodel,
};

/** "RKNN", and "CYPT" of encrypted files: what begins so is one whatever its name. */
const rknnBeginnings = ['RKNN', 'CYPT'];

/**
 * Says what a model file holds.
 *
 * @param shown - The path as the person wrote it, for messages.
 * @throws {HilError} Owner `spec`: unreadable, of no known kind, or broken.
 */
export async function inspectFile(path: string, shown: string): Promise<Inspection> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new InspectionError(
      `${shown} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'no file'}`,
      {
        hint: 'Check the path and the file’s permissions.',
        cause,
      },
    );
  }
  return inspectorFor(bytes, shown)(bytes, shown);
}

function inspectorFor(bytes: Uint8Array, shown: string): Inspect {
  const beginning = new TextDecoder('latin1').decode(bytes.subarray(0, 4));
  const inspect = rknnBeginnings.includes(beginning)
    ? inspectRknn
    : byExtension[extname(shown).toLowerCase()];
  if (inspect) return inspect;
  throw new InspectionError(
    `${shown} is of no known kind; expected a name that ends in ${Object.keys(byExtension).join(', ')}`,
    { hint: 'Rename the file to what it is, or convert it to ONNX.' },
  );
}
