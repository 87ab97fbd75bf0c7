import { limitsFor } from '../../compare/resolve-limits.ts';
import { encodeValues } from '../../reference/npu-format/encode-values.ts';
import type { Case } from '../../spec/case.ts';
import { dequantise } from '../../tensor/dequantise.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { RknnInspection } from '../inspection.ts';
import { type Finding, warning } from './finding.ts';

/**
 * Asks whether the expected softmax itself, stored in the type of the file's output and otherwise exact, would pass: a
 * tolerance below the steps of that type cannot be met by any board.
 */
export function checkOutputStep(
  { spec, input }: Case,
  { outputs, softmaxOutputs }: RknnInspection,
): Finding[] {
  const [output] = outputs;
  const softmax = input.softmax;
  if (output === undefined || outputs.length > 1 || softmax === undefined || softmaxOutputs[0] === false)
    return [];
  const tolerance = spec.outputLimits.get(output.name)?.limits ?? spec.limits;
  if (tolerance === undefined) return [];
  const { atol, rtol = 0 } = limitsFor(tolerance, 'probabilities', output.name);
  if (atol === undefined) return [];

  const expected = Float32Array.from(softmax);
  const stored = dequantise(
    encodeValues(tensor('float32', [expected.length], expected), output, 'nearest'),
    output.quantisation,
  ).data;
  const worst = softmax
    .map((p, i) => ({ p, held: stored[i]!, error: Math.abs(stored[i]! - p), allowed: atol + rtol * p }))
    .reduce((a, b) => (b.error / b.allowed > a.error / a.allowed ? b : a));
  if (worst.error <= worst.allowed) return [];
  return [
    warning(
      'finer-than-format',
      'tolerance',
      `atol ${atol}, finer than the output’s ${output.dtype}: ${worst.p} alone is stored as ${Number(worst.held.toPrecision(7))}, ${figure(worst.error)} off`,
      `at least what ${output.dtype} can hold`,
      `Widen the tolerance to more than a step of ${output.dtype}: the NPU has no float32, whatever the toolkit calls it.`,
    ),
  ];
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));
