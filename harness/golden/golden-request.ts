import { basename, extname } from 'node:path';
import { relativePath } from '../project/path-in-project.ts';
import type { Case } from '../spec/case.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { ReferenceNetwork } from './compute-golden.ts';
import type { FactSources } from './golden-facts.ts';
import type { GoldenManifest, GoldenName } from './golden.ts';

/** One case's wish for its golden. */
export interface GoldenRequest extends Omit<FactSources, 'engine'> {
  readonly name: GoldenName;
  /** Relative to the project, for commands in hints. */
  readonly specFile: string;
  readonly madeFrom: GoldenManifest['madeFrom'];
  /** Called only when the golden must be computed. */
  readonly network: () => Promise<ReferenceNetwork>;
  /** Declared bound of the seal, as a share of each output's largest magnitude; the default one if absent. */
  readonly sealBound?: number | undefined;
  /** What the engine gets, by input name. Called only when no stored golden answers. */
  readonly feeds: () => Promise<NamedTensors>;
}

/** What a case asks for; where the network and the tensors come from, and how, is the caller's business. */
export function goldenRequestOf(
  { spec, input }: Case,
  sources: Pick<GoldenRequest, 'network' | 'feeds' | 'preprocessing'>,
): GoldenRequest {
  const { declaration, reference, root } = spec;
  const model = reference.kind === 'onnx' ? reference.path : reference.caffemodel;
  return {
    name: { folder: declaration.golden ?? basename(model, extname(model)), input: input.name },
    specFile: relativePath(root, spec.file),
    reference,
    inputPath: input.path,
    sealBound: declaration.sealBound,
    madeFrom: { model: relativePath(root, model), input: relativePath(root, input.path) },
    ...sources,
  };
}
