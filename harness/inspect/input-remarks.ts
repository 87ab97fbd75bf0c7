import { bytesPerElement } from '../tensor/dtype.ts';
import { type InspectedInput, note, type Remark, warning } from './inspection.ts';

/** What a person should know about one input of a .rknn file, from its preprocessing and its storage. */
export const inputRemarks = (input: InspectedInput): Remark[] => [
  ...aboutNormalisation(input),
  ...aboutInputRange(input),
];

function aboutNormalisation(input: InspectedInput): Remark[] {
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
  if (mean.length === 0) {
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

const figure = (value: number): string => String(Number(value.toPrecision(4)));
