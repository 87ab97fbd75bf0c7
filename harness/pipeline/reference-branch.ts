import type { Cancellable } from '../cancellable.ts';
import type { ReferenceNetwork } from '../golden/compute-golden.ts';
import { checkExpectedSoftmax } from '../golden/expected-softmax.ts';
import type { GoldenProvider } from '../golden/golden-provider.ts';
import { type GoldenRequest, goldenRequestOf } from '../golden/golden-request.ts';
import type { Golden } from '../golden/golden.ts';
import { readNetwork } from '../golden/read-network.ts';
import { castReference } from '../input/cast-reference.ts';
import type { PreparedInput } from '../input/prepare-input.ts';
import { preprocess } from '../input/preprocess.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { ReferenceEngine } from '../reference/engine.ts';
import type { Case } from '../spec/case.ts';
import type { NamedTensors } from '../tensor/tensor.ts';

export interface ReferenceServices {
  readonly engine: ReferenceEngine;
  readonly goldens: GoldenProvider;
  /** Compute and store the golden first, whatever is stored. */
  readonly update: boolean;
}

/**
 * The reference's branch of a case: its golden, and the author's expectation held against it before any board is
 * blamed.
 *
 * @throws {HilError} Owner `spec`: stale golden, unusable network, or a reference that disagrees with the author.
 */
export async function obtainReference(
  testCase: Case,
  prepared: PreparedInput,
  { engine, goldens, update }: ReferenceServices,
  { signal }: Cancellable,
): Promise<Golden> {
  const request = requestOf(testCase, prepared, engine);
  const golden = update
    ? (await goldens.update(request, { signal })).golden
    : await goldens.obtain(request, { signal });

  const { spec, input } = testCase;
  if (input.softmax !== undefined) {
    const { picture } = prepared;
    const declared = spec.declaration.preprocess;
    await checkExpectedSoftmax(
      { specFile: relativePath(spec.root, spec.file), input: input.name },
      {
        values: input.softmax,
        output: spec.declaration.expect?.output,
        atol: spec.declaration.expect?.atol ?? 1e-3,
      },
      golden.outputs,
      {
        signal,
        trial: picture &&
          declared && {
            declared,
            outputsWith: async (variant) => {
              const network = await readNetwork(spec.reference, spec.root);
              await using model = await engine.load(network.bytes, network.origin, {
                optimise: true,
                signal,
              });
              const [only] = model.inputs;
              if (only === undefined) return new Map();
              const reference = castReference(preprocess(picture, variant), only.dtype);
              return await model.run(new Map([[only.name, reference]]), { signal });
            },
          },
      },
    );
  }
  return golden;
}

/** What a case asks of the golden provider; the network is read only if it must be computed. */
export function requestOf(testCase: Case, prepared: PreparedInput, engine: ReferenceEngine): GoldenRequest {
  let read: Promise<ReferenceNetwork> | undefined;
  const network = () => (read ??= readNetwork(testCase.spec.reference, testCase.spec.root));
  return goldenRequestOf(testCase, {
    network,
    feeds: async () => feedsOf(await network(), prepared, engine),
    preprocessing: prepared.preprocessing,
  });
}

async function feedsOf(
  { bytes, origin }: ReferenceNetwork,
  prepared: PreparedInput,
  engine: ReferenceEngine,
): Promise<NamedTensors> {
  await using model = await engine.load(bytes, origin, { optimise: false });
  return prepared.feeds(model.inputs);
}
