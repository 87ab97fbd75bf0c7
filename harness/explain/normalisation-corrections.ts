import type { Spec } from '../spec/schema.ts';
import type { Change, SetBoard, SetFile } from './correction.ts';
import type { WrongSetting } from './explanation.ts';
import { channelsOf, type InputSettings, type InputSource } from './input-settings.ts';
import type { FilePreprocessing } from './read-by-runtime.ts';

/** What may be wrong with mean and std: missing, twice, in another order, other numbers. */
export function changeNormalisation(
  board: InputSettings['board'],
  file: FilePreprocessing,
  preprocess: Spec['preprocess'],
  source: InputSource,
  change: Change,
  setBoard: SetBoard,
  setFile: SetFile,
): void {
  const channels = channelsOf(source);
  const identity = { mean: spread(0, channels), std: spread(1, channels) };
  const inFile = { mean: spread(file.mean, channels, 0), std: spread(file.std, channels, 1) };
  const network = preprocess
    ? { mean: spread(preprocess.mean, channels), std: spread(preprocess.std, channels) }
    : identity;
  const fileActs = !board.passThrough && !isEqual(inFile, identity);
  const shown = `mean ${list(inFile.mean)}, std ${list(inFile.std)}`;
  const wanted = `mean ${list(network.mean)}, std ${list(network.std)}`;

  if (isNormalising(board) && fileActs) {
    change(
      {
        fault: 'mean-twice',
        sentence: `mean and std are applied twice: by boardInput.mean and boardInput.std on the host, and by the model file (${shown})`,
        fix: 'remove boardInput.mean and boardInput.std, or build the model with mean 0 and std 1',
      },
      setBoard({ mean: 0, std: 1 }),
    );
    change(
      {
        fault: 'mean-twice',
        sentence: `mean and std are applied twice: by boardInput.mean and boardInput.std on the host, and by the model file (${shown})`,
        fix: 'build the model with mean 0 and std 1',
      },
      setFile(identity),
    );
  }
  if (!board.passThrough && !isEqual(inFile, network)) {
    change(
      {
        fault: faultOf(inFile, network, identity),
        sentence: `the model file applies ${shown}, the network needs ${wanted} (preprocess of the spec)`,
        fix: `build the model with mean_values [${list(network.mean)}] and std_values [${list(network.std)}], or set boardInput.dtype: float32 with boardInput.mean and boardInput.std and a model with mean 0 and std 1`,
      },
      setFile(network),
    );
  }
  const onHost = { mean: spread(board.mean, channels), std: spread(board.std, channels) };
  if ((board.passThrough || !fileActs) && !isEqual(onHost, network)) {
    change(
      {
        fault: faultOf(onHost, network, identity),
        sentence: `the host applies mean ${list(onHost.mean)}, std ${list(onHost.std)} (boardInput) and the model file ${board.passThrough ? 'is passed by' : 'nothing'}; the network needs ${wanted} (preprocess of the spec)`,
        fix: `set boardInput.mean: ${short(network.mean)} and boardInput.std: ${short(network.std)}${board.passThrough ? '' : ' with boardInput.dtype: float32'}`,
      },
      setBoard({
        mean: [...network.mean],
        std: [...network.std],
        ...(board.passThrough ? {} : { dtype: 'float32' as const }),
      }),
    );
  }
}

interface PerChannelNumbers {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

function faultOf(
  found: PerChannelNumbers,
  wanted: PerChannelNumbers,
  identity: PerChannelNumbers,
): WrongSetting['fault'] {
  const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);
  if (isEqual({ mean: found.mean.toReversed(), std: found.std.toReversed() }, wanted))
    return 'mean-and-std-reversed';
  if (same(found.mean, identity.mean) && !same(wanted.mean, identity.mean)) return 'mean-missing';
  if (same(found.mean, wanted.mean) && same(found.std, identity.std)) return 'std-missing';
  if (same(wanted.mean, identity.mean) && same(wanted.std, identity.std)) return 'mean-twice';
  return 'other-mean-or-std';
}

const isEqual = (a: PerChannelNumbers, b: PerChannelNumbers): boolean =>
  [...a.mean, ...a.std].every((value, i) => {
    const other = [...b.mean, ...b.std][i]!;
    return Math.abs(value - other) <= 1e-6 * Math.max(1, Math.abs(other));
  });

/** Whether the host changes values before it hands them over. */
export const isNormalising = ({ mean, std }: InputSettings['board']): boolean =>
  [mean].flat().some((value) => value !== 0) || [std].flat().some((value) => value !== 1);

const spread = (value: number | readonly number[], channels: number, beyond?: number): number[] =>
  Array.from({ length: channels }, (_, c) =>
    typeof value === 'number' ? value : (value[c] ?? beyond ?? value.at(-1) ?? 0),
  );

const list = (values: readonly number[]) => values.map(short1).join(' ');
const short = (values: readonly number[]) =>
  new Set(values).size === 1 ? short1(values[0]!) : `[${values.map(short1).join(', ')}]`;
const short1 = (value: number) => String(Number(value.toPrecision(6)));
