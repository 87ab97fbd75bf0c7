import { canonicalJson, canonicalJsonSha256, sha256Hex } from '../tensor/content-hash.ts';
import type { ReferenceFiles } from '../spec/case.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import { hashFile } from './file-hash.ts';
import type { GoldenFacts } from './golden.ts';

export interface FactSources {
  readonly reference: ReferenceFiles;
  /** Absolute path of the picture or tensor file. */
  readonly inputPath: string;
  /**
   * Everything that is declared between the input file's bytes and the tensor that the engine gets, as plain JSON:
   * a picture's preprocessing; the member, dtype or shape that pick a tensor from its file; null where nothing is.
   */
  readonly preprocessing: unknown;
  readonly engine: Pick<ReferenceEngine, 'name' | 'version'>;
}

/**
 * The present facts that a golden is held against.
 *
 * @throws {HilError} If a file cannot be read.
 */
export async function gatherFacts({
  reference,
  inputPath,
  preprocessing,
  engine,
}: FactSources): Promise<GoldenFacts> {
  const [model, input] = await Promise.all([hashReference(reference), hashFile(inputPath)]);
  const declared = preprocessing ?? null;
  return {
    model,
    input,
    preprocess: canonicalJsonSha256(declared),
    preprocessing: JSON.parse(canonicalJson(declared)) as GoldenFacts['preprocessing'],
    engine: { name: engine.name, version: engine.version },
  };
}

/** An ONNX file's sha256; for Caffe, whose networks are two files, the sha256 of both. */
export async function hashReference(reference: ReferenceFiles): Promise<string> {
  if (reference.kind === 'onnx') return hashFile(reference.path);
  const [prototxt, caffemodel] = await Promise.all([
    hashFile(reference.prototxt),
    hashFile(reference.caffemodel),
  ]);
  return sha256Hex(`caffe\n${prototxt}\n${caffemodel}\n`);
}
