import { readFile } from 'node:fs/promises';
import { relativePath } from '../project/path-in-project.ts';
import { importCaffe } from '../reference/caffe/import-caffe.ts';
import { writeOnnx } from '../reference/onnx/model.ts';
import type { ReferenceFiles } from '../spec/case.ts';
import type { ReferenceNetwork } from './compute-golden.ts';
import { FileUnreadableError } from './file-hash.ts';

/**
 * Reads a float network as the engine takes it: an ONNX file as it is, a Caffe network imported.
 *
 * @param root - The project's folder; messages name files relative to it.
 * @throws {HilError} Owner `spec`: a file cannot be read, or a Caffe network cannot be imported.
 */
export async function readNetwork(reference: ReferenceFiles, root: string): Promise<ReferenceNetwork> {
  const open = async (path: string) => ({ bytes: await readBytes(path), origin: relativePath(root, path) });
  if (reference.kind === 'onnx') return open(reference.path);
  const [prototxt, caffemodel] = await Promise.all([open(reference.prototxt), open(reference.caffemodel)]);
  return { bytes: writeOnnx(importCaffe(prototxt, caffemodel)), origin: prototxt.origin };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FileUnreadableError(path, cause);
  }
}
