import { canonicalJsonSha256, tensorSha256 } from '../tensor/content-hash.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { Golden, GoldenFacts, GoldenManifest } from './golden.ts';
import type { Seal } from './seal.ts';

/** A golden around outputs that were just computed. */
export function makeGolden(
  facts: GoldenFacts,
  seal: Seal,
  outputs: NamedTensors,
  madeFrom: GoldenManifest['madeFrom'],
): Golden {
  const manifest: GoldenManifest = {
    schema: 1,
    model: facts.model,
    input: facts.input,
    preprocess: facts.preprocess,
    preprocessing: facts.preprocessing,
    engine: facts.engine,
    seal,
    outputs: Array.from(outputs, ([name, output]) => ({
      name,
      dtype: output.dtype,
      shape: [...output.shape],
      sha256: tensorSha256(output),
    })),
    madeFrom,
  };
  return { id: goldenId(manifest), manifest, outputs, source: 'computed' };
}

/** What names a golden in records: sha256 of its manifest's canonical JSON, and so of all its outputs. */
export function goldenId(manifest: GoldenManifest): string {
  return canonicalJsonSha256(manifest);
}
