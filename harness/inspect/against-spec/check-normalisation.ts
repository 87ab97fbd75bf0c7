import { perChannel } from '../../input/normalise.ts';
import type { BoardInputDeclaration, Preprocess } from '../../spec/schema.ts';
import type { InspectedInput } from '../inspection.ts';
import { type Finding, warning } from './finding.ts';

/** What the reference is fed, in the same words as the board: tensors come as they are. */
type ReferenceInput = Pick<Preprocess, 'channelOrder' | 'mean' | 'std'> | undefined;

/** (value - mean) / std for each channel. */
interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Works out what reaches the network on the board, through the host's settings and what the file bakes in, and holds it
 * against what the reference network is fed.
 *
 * @param reference - The spec's `preprocess`; undefined where the input is a tensor of the reference's own values.
 */
export function checkNormalisation(
  reference: ReferenceInput,
  host: BoardInputDeclaration,
  input: InspectedInput,
): Finding[] {
  const channels = channelsOf(input);
  if (channels === undefined) return [];
  const swaps = !host.passThrough && channels === 3 && input.reorder.join(' ') === '2 1 0';
  return [
    ...checkOrder(reference, host, swaps),
    ...checkMeanAndStd(reference, host, input, { channels, swaps }),
  ];
}

const channelsOf = ({ shape, layout }: InspectedInput): number | undefined =>
  shape.length === 4 ? shape[layout === 'NCHW' ? 1 : 3] : undefined;

function checkOrder(reference: ReferenceInput, host: BoardInputDeclaration, swaps: boolean): Finding[] {
  if (reference === undefined) {
    return swaps
      ? [
          warning(
            'channel-order',
            'inputs',
            'a tensor in the network’s own order, whose channels the file’s reorder 2 1 0 swaps',
            'a file with reorder 0 1 2',
            'Convert the network with reorder_channel 0 1 2, or set boardInput.passThrough with dtype native.',
          ),
        ]
      : [];
  }
  const { channelOrder: wanted } = reference;
  const given = host.channelOrder;
  if (given === undefined || given === 'grey' || wanted === 'grey') return [];
  const arriving = swaps ? other(given) : given;
  if (arriving === wanted) return [];
  const found = swaps
    ? `${given}, which the file’s reorder 2 1 0 makes ${arriving}: swapped once too often`
    : `${given}, and ${host.passThrough ? 'with passThrough nothing' : 'the file’s reorder'} swaps it: one swap is missing`;
  return [
    warning(
      'channel-order',
      'boardInput.channelOrder',
      found,
      `${wanted} at the network, as preprocess.channelOrder says`,
      `Set boardInput.channelOrder: ${other(given)}, or convert with reorder_channel ${swaps ? '0 1 2' : '2 1 0'}.`,
    ),
  ];
}

const other = (order: 'rgb' | 'bgr') => (order === 'rgb' ? 'bgr' : 'rgb');

function checkMeanAndStd(
  reference: ReferenceInput,
  host: BoardInputDeclaration,
  input: InspectedInput,
  { channels, swaps }: { readonly channels: number; readonly swaps: boolean },
): Finding[] {
  const wanted = spread(reference ?? { mean: 0, std: 1 }, channels);
  const declared = spread(host, channels);
  if (wanted === undefined || declared === undefined) return [];
  const onHost = swaps ? reversed(declared) : declared;
  const baked: Normalisation = {
    mean: Array.from({ length: channels }, (_, c) => input.mean[c] ?? 0),
    std: Array.from({ length: channels }, (_, c) => input.std[c] ?? 1),
  };
  const inFile = host.passThrough ? { mean: onHost.mean.map(() => 0), std: onHost.std.map(() => 1) } : baked;
  const reached = combined(onHost, inFile);
  if (same(reached, wanted)) return [];

  const text = describe(reached);
  const what = `${describe(declared)} on the host and ${host.passThrough ? 'nothing in the file (passThrough)' : `${describe(baked)} in the file`}, together ${text}`;
  const expected = `${describe(wanted)}, as ${reference ? 'preprocess' : 'a tensor of the network’s own values'} says`;
  const finding = (rule: string, why: string, fix: string) => [
    warning(rule, 'boardInput.mean, boardInput.std', `${what}: ${why}`, expected, fix),
  ];
  if (host.passThrough && same(combined(onHost, baked), wanted)) {
    return finding(
      'pass-through',
      'with passThrough the runtime does not normalise',
      'Set boardInput.passThrough: false, or normalise on the host with boardInput.mean and std.',
    );
  }
  if (!isNothing(wanted) && same(onHost, wanted) && sameUpTo(inFile, wanted)) {
    return finding(
      'normalised-twice',
      'applied twice',
      'Set boardInput.mean: 0 and std: 1, since the file does it; or convert with mean_values 0 and std_values 1.',
    );
  }
  if (isNothing(reached)) {
    return finding(
      'not-normalised',
      'never applied',
      `Set boardInput.mean and std on the host, or convert with mean_values ${list(wanted.mean)} and std_values ${list(wanted.std)}.`,
    );
  }
  if (same(reversed(reached), wanted)) {
    return finding(
      'means-reversed',
      'in the other order of the channels',
      `Convert with mean_values ${list(wanted.mean)} and std_values ${list(wanted.std)}: the order after the reorder counts.`,
    );
  }
  const scaled = { mean: wanted.mean.map((m) => m * 255), std: wanted.std.map((s) => s * 255) };
  if (
    same(reached, scaled) ||
    same({ mean: reached.mean.map((m) => m * 255), std: reached.std.map((s) => s * 255) }, wanted)
  ) {
    return finding(
      'range-of-1',
      'one is for values of 0 to 1, the other for 0 to 255',
      'Multiply mean and std by 255 where they are for 0 to 1.',
    );
  }
  return finding(
    'normalisation',
    'another normalisation',
    'Make both the same; `npx hil inspect` shows the file’s.',
  );
}

function spread(value: Pick<Preprocess, 'mean' | 'std'>, channels: number): Normalisation | undefined {
  try {
    return perChannel(value, channels, 'preprocess');
  } catch {
    // A list of the wrong length is refused where the input is made, by name.
    return undefined;
  }
}

const reversed = ({ mean, std }: Normalisation): Normalisation => ({
  mean: mean.toReversed(),
  std: std.toReversed(),
});

/** ((x - m1) / s1 - m2) / s2 = (x - (m1 + s1 m2)) / (s1 s2). */
const combined = (first: Normalisation, second: Normalisation): Normalisation => ({
  mean: first.mean.map((m, c) => m + first.std[c]! * second.mean[c]!),
  std: first.std.map((s, c) => s * second.std[c]!),
});

const isNothing = ({ mean, std }: Normalisation) => mean.every((m) => m === 0) && std.every((s) => s === 1);

/** Equal to a thousandth: files hold float32, people write four digits. */
function same(a: Normalisation, b: Normalisation): boolean {
  return a.mean.every(
    (m, c) =>
      Math.abs(m - b.mean[c]!) <= 1e-3 * Math.max(1, Math.abs(b.std[c]!), Math.abs(b.mean[c]!)) &&
      Math.abs(a.std[c]! - b.std[c]!) <= 1e-3 * Math.abs(b.std[c]!),
  );
}

/** Either the mean or the std is repeated, and the other does nothing or is repeated too. */
const sameUpTo = (inFile: Normalisation, wanted: Normalisation): boolean =>
  !isNothing(inFile) &&
  inFile.mean.every((m, c) => m === 0 || Math.abs(m - wanted.mean[c]!) <= 1e-3 * Math.abs(wanted.mean[c]!)) &&
  inFile.std.every((s, c) => s === 1 || Math.abs(s - wanted.std[c]!) <= 1e-3 * wanted.std[c]!);

const describe = ({ mean, std }: Normalisation) => `mean ${list(mean)} and std ${list(std)}`;

const list = (values: readonly number[]): string =>
  new Set(values).size === 1 ? figure(values[0]!) : values.map(figure).join(' ');

/** Files hold float32: the fewest digits that give the same one, so that equal values read equal and others do not. */
function figure(value: number): string {
  const single = Math.fround(value);
  const enough = [1, 2, 3, 4, 5, 6, 7, 8].find(
    (digits) => Math.fround(Number(value.toPrecision(digits))) === single,
  );
  return String(Number(value.toPrecision(enough ?? 9)));
}
