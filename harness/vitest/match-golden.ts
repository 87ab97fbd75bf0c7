import { compareOutputs } from '../compare/compare.ts';
import { judge } from '../compare/judge.ts';
import { resolveLimits } from '../compare/resolve-limits.ts';
import type { ToleranceDeclaration } from '../compare/tolerance.ts';
import { goldenNameOf } from '../golden/golden-path.ts';
import { createGoldenStore } from '../golden/golden-store.ts';
import { HilError } from '../hil-error.ts';
import { loadProject } from '../project/project.ts';
import { dequantise } from '../tensor/dequantise.ts';
import { notQuantised } from '../tensor/quantisation.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';

export interface MatchGoldenOptions {
  /** A preset, or limits. */
  readonly tolerance: ToleranceDeclaration;
  /** Output of the golden that a single tensor is held against; the only one where there is one. */
  readonly output?: string;
}

/** A golden that a test names but that cannot be used for it. */
export class GoldenNotUsableError extends HilError {
  readonly code = 'HIL_GOLDEN_NOT_USABLE';
  readonly owner = 'spec';
}

export interface MatchResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Holds a tensor, or named tensors, against a stored golden.
 *
 * @param received - Float values; float16 as raw bits.
 * @param name - Folder and input of the golden, e.g. `two-class/apple-1`.
 * @throws {HilError} Owner `spec`: no such golden, or a tolerance that makes no sense for it.
 */
export async function matchGolden(
  received: Tensor | NamedTensors,
  name: string,
  { tolerance, output }: MatchGoldenOptions,
): Promise<MatchResult> {
  const { goldenFolder } = loadProject(process.cwd());
  const golden = await createGoldenStore(goldenFolder).read(goldenNameOf(name));
  if (golden === undefined) {
    throw new GoldenNotUsableError(`there is no golden ${name} in ${goldenFolder}`, {
      hint: '`npx hil golden show` lists the goldens; `npx hil golden update` makes those of the specs.',
    });
  }
  const expected = isTensor(received) ? onlyOutput(golden.outputs, name, output) : golden.outputs;
  const [firstName = ''] = expected.keys();
  const actual = isTensor(received) ? new Map([[firstName, received]]) : received;
  const comparison = compareOutputs(
    expected,
    new Map([...actual].map(([key, value]) => [key, asFloats(value)])),
    {
      limits: resolveLimits(tolerance),
    },
  );
  const { verdict, reason } = judge(comparison);
  return {
    pass: verdict === 'passed',
    message: () =>
      verdict === 'passed'
        ? `expected the tensor not to match the golden ${name}`
        : `golden ${name}: ${reason ?? verdict}`,
  };
}

const isTensor = (value: Tensor | NamedTensors): value is Tensor => 'dtype' in value;

const asFloats = (value: Tensor): Tensor =>
  value.dtype === 'float16' ? dequantise(value, notQuantised) : value;

function onlyOutput(outputs: NamedTensors, golden: string, wanted: string | undefined): NamedTensors {
  const names = [...outputs.keys()];
  const name = wanted ?? (names.length === 1 ? names[0] : undefined);
  const found = name === undefined ? undefined : outputs.get(name);
  if (name !== undefined && found !== undefined) return new Map([[name, found]]);
  throw new GoldenNotUsableError(
    `the golden ${golden} has the outputs ${names.join(', ')}${wanted === undefined ? '; say which one is meant' : `, but no ${wanted}`}`,
    { hint: 'Give the option `output`, or hand over all outputs by name.' },
  );
}
