import { basename, extname } from 'node:path';
import { relativePath } from '../project/project.ts';
import type { Case, CaseInput } from '../spec/case.ts';
import type { Preprocess } from '../spec/schema.ts';
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
  /** What the engine gets, by input name. Called only when no stored golden answers. */
  readonly feeds: () => Promise<NamedTensors>;
}

/** What a case asks for; where the network and the tensors come from is the caller's business. */
export function goldenRequestOf(
  { spec, input }: Case,
  { network, feeds }: Pick<GoldenRequest, 'network' | 'feeds'>,
): GoldenRequest {
  const { declaration, reference, root } = spec;
  const model = reference.kind === 'onnx' ? reference.path : reference.caffemodel;
  return {
    name: { folder: declaration.golden ?? basename(model, extname(model)), input: input.name },
    specFile: relativePath(root, spec.file),
    reference,
    inputPath: input.path,
    preprocessing: declaredPreprocessing(input, declaration.preprocess),
    madeFrom: { model: relativePath(root, model), input: relativePath(root, input.path) },
    network,
    feeds,
  };
}

/** Everything declared between a file's bytes and the engine's tensor. */
function declaredPreprocessing(input: CaseInput, preprocess: Preprocess | undefined): unknown {
  if (input.kind === 'picture') return preprocess ?? null;
  const { member, dtype, shape } = input;
  return member === undefined && dtype === undefined && shape === undefined ? null : { member, dtype, shape };
}
