import { coerce, lt } from 'semver';
import { checkModel, familyOf } from '../../board/compatibility.ts';
import type { Target } from '../../board/choose-target.ts';
import type { ResolvedSpec } from '../../spec/case.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { NumericFormat } from '../../tensor/quantisation.ts';
import type { RknnInspection } from '../inspection.ts';
import { type Finding, warning } from './finding.ts';

/** Holds what a spec says of its board model against the file, and the file against the board that it is meant for. */
export function checkModelFile(spec: ResolvedSpec, file: RknnInspection, target: Target): Finding[] {
  return [
    ...checkTarget(file, target),
    ...checkDefects(file, target.sdk),
    ...checkFormat(spec, file),
    ...checkOutputs(spec, file),
    ...file.remarks
      .filter(({ level, rule }) => level === 'warning' && rule !== 'platform')
      .map(({ rule, sentence, advice }) =>
        warning(rule, 'model.board', `a file to look at: ${sentence}`, 'a file in order', advice),
      ),
  ];
}

function checkTarget(file: RknnInspection, { board, sdk }: Target): Finding[] {
  // The virtual board is no chip of the vendor's, and the versions of its own files are no toolkit's.
  if (file.forVirtualBoard) return [];
  const problem = checkModel(
    { toolkit: file.toolkit, precompiled: file.precompiled, targetPlatforms: file.targetPlatforms },
    { runtime: sdk, chip: board.chip },
  );
  const target = file.compiled?.targetId;
  const foreignNpu = target === 0xb5 && familyOf(board.chip)?.includes('RK1808') === true;
  if (!problem) {
    return foreignNpu
      ? [
          warning(
            'target-id',
            'model.board',
            'a network compiled for the NPU 0xb5 (RV1109, RV1126)',
            `one for the ${board.chip} (0x82)`,
            `Compile it for ${board.chip}.`,
          ),
        ]
      : [];
  }
  const severe = !board.simulated && (problem.rule === 'family' || problem.rule === 'precompiled');
  return [
    {
      level: severe ? 'error' : 'warning',
      rule: problem.rule,
      field: 'model.board',
      found: `a file that does not fit: ${problem.problem}`,
      expected: `a model for ${board.chip} with SDK ${sdk} (board ${board.name})`,
      fix: problem.hint,
    },
  ];
}

/** Defects of old runtimes that the file would meet. */
function checkDefects({ format, layers, inputs }: RknnInspection, sdk: string): Finding[] {
  const runtime = coerce(sdk)?.version;
  if (runtime === undefined) return [];
  const defects: readonly (readonly [rule: string, applies: boolean, fixed: string, what: string])[] = [
    ['dfp', format === 'i8' || format === 'i16', '1.3.1', 'dynamic fixed point (i8, i16)'],
    ['deconvolution', 'DECONVOLUTION' in layers, '1.6.1', 'deconvolutions with kernel 2 and stride 2'],
    [
      'std-per-channel',
      inputs.some(({ std }) => new Set(std).size > 1),
      '1.3.4',
      'a std of its own for each channel',
    ],
  ];
  return defects
    .filter(([, applies, fixed]) => applies && lt(runtime, fixed))
    .map(([rule, , fixed, what]) =>
      warning(
        rule,
        'model.board',
        `a file with ${what}, which SDK ${sdk} computes wrongly`,
        `SDK ${fixed} or later`,
        `Use SDK ${fixed} or later.`,
      ),
    );
}

/** From the finest to the coarsest. */
const fineness: readonly NumericFormat[] = ['fp16', 'i16', 'hybrid', 'u8', 'i8'];

function checkFormat({ declaration, limits }: ResolvedSpec, { format }: RknnInspection): Finding[] {
  if (format === undefined) return [];
  const declared = declaration.model.format;
  const findings: Finding[] = [];
  if (declared !== format) {
    findings.push(
      warning(
        'format',
        'model.format',
        declared,
        `${format}, which the file’s tensors are in`,
        `Set model.format: ${format}, or name the file that was meant.`,
      ),
    );
  }
  const preset = limits?.preset;
  if (preset !== undefined && preset !== format && fineness.indexOf(preset) < fineness.indexOf(format)) {
    findings.push(
      warning(
        'tolerance',
        'tolerance',
        `the preset ${preset} for a file in ${format}`,
        format === 'hybrid' ? 'limits of its own' : `the preset ${format}`,
        `${format} cannot meet the limits of ${preset}: choose others, or convert in ${preset}.`,
      ),
    );
  }
  return findings;
}

function checkOutputs({ declaration }: ResolvedSpec, { outputs, softmaxOutputs }: RknnInspection): Finding[] {
  const expected = declaration.expect;
  if (!expected) return [];
  const at = expected.output === undefined ? 0 : outputs.findIndex(({ name }) => name === expected.output);
  const output = outputs[at];
  if (output === undefined || (expected.output === undefined && outputs.length > 1)) return [];
  const findings: Finding[] = [];
  if (softmaxOutputs[at] === false) {
    findings.push(
      warning(
        'logits',
        'expect.softmax',
        'probabilities',
        `scores: output ${output.name} of the file does not come from a softmax`,
        'Convert the network with its softmax, or expect scores and set outputs.<name>.kind: logits.',
      ),
    );
  }
  const count = elementCount(output.shape);
  if (Array.isArray(expected.softmax) && expected.softmax.length !== count) {
    findings.push(
      warning(
        'classes',
        'expect.softmax',
        `${expected.softmax.length} values`,
        `${count}: output ${output.name} of the file has as many`,
        'Name the file that was meant, or correct the values.',
      ),
    );
  }
  return findings;
}
