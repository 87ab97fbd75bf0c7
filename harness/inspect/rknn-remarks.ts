import { familyOf } from '../board/compatibility.ts';
import type { RknnTrailer } from '../reference/rknn-file/trailer.ts';
import { bytesPerElement } from '../tensor/dtype.ts';
import type { BiasMismatch } from './bias-relation.ts';
import type { InspectedInput, Remark, RknnInspection } from './inspection.ts';
import { chipsOfTarget } from './nbg-header.ts';

type Facts = Omit<RknnInspection, 'remarks'>;

/** What a person should know about a .rknn file before it meets a board; warnings first. */
export function remarksOn(facts: Facts, trailer: RknnTrailer, biases: readonly BiasMismatch[]): Remark[] {
  const remarks = [
    ...aboutTarget(facts),
    ...aboutCompilation(facts, trailer),
    ...facts.inputs.flatMap((input) => [...aboutNormalisation(input, facts), ...aboutInputRange(input)]),
    ...aboutFormat(facts),
    ...aboutOutputs(facts),
    ...biases
      .slice(0, 3)
      .map(({ layer, found, expected }) =>
        warning(
          'bias-relation',
          `the bias of ${layer} has scale ${found}, but input scale times weight scale is ${expected}`,
          'The file is damaged or was edited by hand: convert the network again.',
        ),
      ),
  ];
  return remarks.toSorted((a, b) => Number(a.level === 'note') - Number(b.level === 'note'));
}

const warning = (rule: string, sentence: string, advice: string): Remark => ({
  level: 'warning',
  rule,
  sentence,
  advice,
});
const note = (rule: string, sentence: string, advice: string): Remark => ({
  level: 'note',
  rule,
  sentence,
  advice,
});

function aboutTarget({ targetPlatforms, forVirtualBoard, compiled }: Facts): Remark[] {
  if (forVirtualBoard) {
    return [
      note(
        'virtual',
        'it is made for the virtual board, and every real board refuses it',
        'Convert the network with the vendor’s toolkit for a real board.',
      ),
    ];
  }
  const family = familyOf('RK1808')!;
  const remarks: Remark[] = [];
  if (targetPlatforms.length === 0) {
    remarks.push(
      note(
        'platform',
        'it names no target platform, as files of toolkits before 1.3.2',
        'Convert it again with target_platform rk1808 if a board refuses it.',
      ),
    );
  } else if (!targetPlatforms.some((name) => family.includes(name.toUpperCase()))) {
    remarks.push(
      warning(
        'platform',
        `it is built for ${targetPlatforms.join(', ')}; an RK1808 refuses it (status -13)`,
        'Convert the network with target_platform rk1808.',
      ),
    );
  }
  const chips = compiled && chipsOfTarget(compiled.targetId);
  if (compiled && !chips) {
    remarks.push(
      warning(
        'target-id',
        `its compiled network is for the NPU 0x${compiled.targetId.toString(16)}, which is not known`,
        'Compile it for the board that it shall run on.',
      ),
    );
  } else if (
    compiled &&
    chips &&
    targetPlatforms.length > 0 &&
    !targetPlatforms.some((name) => chips.includes(name.toUpperCase()))
  ) {
    remarks.push(
      warning(
        'target-id',
        `its compiled network is for ${chips.join(', ')} (NPU 0x${compiled.targetId.toString(16)}), but its description says ${targetPlatforms.join(', ')}`,
        'The file was put together from two: compile the network again.',
      ),
    );
  }
  return remarks;
}

function aboutCompilation(
  { precompiled, compiled, format, optimizationLevel, containerVersion, customOperators }: Facts,
  trailer: RknnTrailer,
): Remark[] {
  const remarks: Remark[] = [];
  if (precompiled && !compiled) {
    remarks.push(
      warning(
        'precompiled',
        'it says that it is precompiled, but its payload is no compiled network',
        'Convert the network again.',
      ),
    );
  }
  if (precompiled) {
    remarks.push(
      note(
        'precompiled',
        'it is precompiled: tied to the generation of the driver that it was compiled for, and without layer dumps',
        'After a driver update compile it again; to see layers, convert without pre_compile.',
      ),
    );
    if (trailer.pre_compile_version !== 1) {
      remarks.push(
        warning(
          'precompiled',
          `its pre_compile_version is ${trailer.pre_compile_version}, but drivers 1.x need 1 (status -11)`,
          'Compile it with a toolkit 1.x.',
        ),
      );
    }
  } else {
    remarks.push(
      note(
        'not-precompiled',
        'it is not precompiled: the board compiles it at every load, which is slow, and a mini driver refuses it (status -14)',
        'Precompile it where loading takes too long or the board has the mini driver.',
      ),
    );
  }
  if (trailer.optimization_level_version) {
    remarks.push(
      warning(
        'optimization-version',
        `its optimization_level_version is ${trailer.optimization_level_version}, which drivers refuse (status -12)`,
        'Convert it with a released toolkit.',
      ),
    );
  }
  if (optimizationLevel === 3) {
    remarks.push(
      note(
        'optimization-level',
        `optimization_level is 3: rewrites that may lose precision are allowed${format === 'u8' ? ', and the u8 input may be off by 1' : ''}`,
        'When precision fails, convert with optimization_level 2, then 1, and compare.',
      ),
    );
  }
  if (containerVersion === 2) {
    remarks.push(
      note(
        'custom-operators',
        `it brings operators of its own: ${customOperators.join(', ') || 'none listed'}`,
        'Their code runs on the board: a wrong layer may be theirs.',
      ),
    );
  }
  return remarks;
}

function aboutNormalisation(input: InspectedInput, { toolkit }: Facts): Remark[] {
  const { name, mean, std, reorder, shape, layout } = input;
  const remarks: Remark[] = [];
  const channels = shape.length === 4 ? shape[layout === 'NCHW' ? 1 : 3]! : undefined;
  if (channels !== undefined && mean.length > 0 && mean.length !== channels) {
    remarks.push(
      warning(
        'means',
        `input ${name} has ${channels} channels, but mean_value has ${mean.length} for it`,
        'Convert it with one mean and one std for each channel.',
      ),
    );
  }
  if (std.some((value) => !(value > 0))) {
    remarks.push(
      warning(
        'std',
        `std_value of input ${name} is ${std.join(' ')}, and must be above 0`,
        'Convert it with std_values above 0; 1 divides by nothing.',
      ),
    );
  }
  if (new Set(std).size > 1) {
    remarks.push(
      note(
        'std-per-channel',
        `input ${name} has a std of its own for each channel (${std.join(' ')}), which runtimes before 1.3.4 do not know`,
        'Use SDK 1.3.4 or later, or one common std.',
      ),
    );
  }
  const swaps = reorder.join(' ') === '2 1 0';
  if (swaps && channels !== undefined && channels !== 3) {
    remarks.push(
      note(
        'reorder',
        `reorder 2 1 0 does nothing to the ${channels} channels of input ${name}`,
        'Nothing needs to be done.',
      ),
    );
  } else if (reorder.length > 0 && !swaps && reorder.join(' ') !== '0 1 2') {
    remarks.push(
      warning(
        'reorder',
        `reorder of input ${name} is ${reorder.join(' ')}; every order but 2 1 0 is taken for none`,
        'Convert it with reorder_channel 0 1 2 or 2 1 0.',
      ),
    );
  }
  if (mean.length === 0 && toolkit !== undefined) {
    remarks.push(
      note(
        'means',
        `input ${name} is not normalised by the runtime`,
        'Subtract and divide on the host, if the network was trained so.',
      ),
    );
  }
  return remarks;
}

/** Share of the range by which the stored range may miss the pixels' before it is worth a word. */
const rangeSlack = 0.05;

/** What the input's storage can hold, against what pixels become by mean and std. */
function aboutInputRange({ name, dtype, quantisation, mean, std }: InspectedInput): Remark[] {
  if (mean.length === 0 || quantisation.kind === 'none' || bytesPerElement(dtype) > 1) return [];
  const [low, high] = dtype === 'uint8' ? [0, 255] : [-128, 127];
  const step = quantisation.kind === 'affine' ? quantisation.scale : 2 ** -quantisation.fl;
  const zp = quantisation.kind === 'affine' ? quantisation.zp : 0;
  const held = [(low - zp) * step, (high - zp) * step] as const;
  const needed = [
    Math.min(...mean.map((m, c) => -m / std[c]!)),
    Math.max(...mean.map((m, c) => (255 - m) / std[c]!)),
  ] as const;
  const slack = rangeSlack * (needed[1] - needed[0]);
  const range = ([from, to]: readonly [number, number]) => `${figure(from)} to ${figure(to)}`;
  if (held[0] > needed[0] + slack || held[1] < needed[1] - slack) {
    return [
      warning(
        'input-range',
        `input ${name} holds ${range(held)}, but pixels become ${range(needed)} by its mean and std: values are cut off`,
        'Calibrate with pictures that went through the same mean and std, and convert again.',
      ),
    ];
  }
  return held[1] - held[0] > 2 * (needed[1] - needed[0])
    ? [
        note(
          'input-range',
          `input ${name} holds ${range(held)}, pixels become only ${range(needed)}: half the steps are never used`,
          'Check mean_values and std_values, and the calibration pictures.',
        ),
      ]
    : [];
}

function aboutFormat({ format, innerTensors, layers }: Facts): Remark[] {
  const inner = Object.entries(innerTensors)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
  if (format === 'hybrid') {
    return [
      note(
        'hybrid',
        `it mixes formats: ${inner}`,
        'Judge it by the coarser one; the layers in the finer format are the sensitive ones.',
      ),
    ];
  }
  if (format === 'fp16') {
    return [
      note(
        'float16',
        'it is float16 throughout, also where the toolkit says float32: the NPU has no float32',
        'Compare with tolerances for fp16.',
      ),
    ];
  }
  if (format === 'i8' || format === 'i16') {
    return [
      note(
        'dfp',
        'it uses dynamic fixed point, which runtimes before 1.3.1 compute badly',
        'Use SDK 1.3.1 or later.',
      ),
    ];
  }
  if (format === 'u8' && Object.keys(layers).some((op) => op === 'RELU6')) {
    return [
      note(
        'relu6',
        'its ReLU6 layers lose steps in u8, which has one scale for all channels',
        'When precision fails: ReLU instead of ReLU6, quantisation-aware training, or hybrid.',
      ),
    ];
  }
  return [];
}

function aboutOutputs({ outputs, softmaxOutputs, layers }: Facts): Remark[] {
  const remarks = outputs.flatMap(({ name, shape }, i) =>
    softmaxOutputs[i] === false && outputs.length === 1 && shape.filter((extent) => extent > 1).length === 1
      ? [
          note(
            'logits',
            `output ${name} does not come from a softmax: it gives scores, not probabilities`,
            'Do not expect probabilities of it; margins between scores are what counts.',
          ),
        ]
      : [],
  );
  return 'DECONVOLUTION' in layers
    ? [
        ...remarks,
        note(
          'deconvolution',
          'it has deconvolutions; with kernel 2 and stride 2 runtimes before 1.6.1 compute them wrongly',
          'Use SDK 1.6.1 or later.',
        ),
      ]
    : remarks;
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));
