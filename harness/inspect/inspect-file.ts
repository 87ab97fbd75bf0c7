import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { HilError } from '../hil-error.ts';
import { type Inspection, warning } from './inspection.ts';
import { inspectCaffemodel, inspectOnnx, inspectPrototxt } from './inspect-network.ts';
import { inspectRknn } from './inspect-rknn.ts';
import { whyUnreadable } from './why-unreadable.ts';

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
    throw new InspectionError(`${shown} cannot be read: ${whyUnreadable(cause)}`, {
      hint: 'Check the path, seen from here, and the file’s permissions.',
      cause,
    });
  }
  return withNameRemark(inspectorFor(bytes, shown)(bytes, shown), shown);
}

/** Tools that go by the name, ours among them, take such a file for what it is not. */
function withNameRemark(inspection: Inspection, shown: string): Inspection {
  const extension = extname(shown).toLowerCase();
  if (inspection.kind !== 'rknn' || extension === '.rknn' || !(extension in byExtension)) return inspection;
  const remark = warning(
    'name',
    `its name ends in ${extension}, but it holds a .rknn file`,
    'Rename it to end in .rknn, or look for the file that it was mistaken for.',
  );
  return { ...inspection, remarks: [remark, ...inspection.remarks] };
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
