import type { LayerRow } from '../../harness/layers/layer-analysis.ts';
import type { SuspectTensors } from '../../harness/store/layer-capture.ts';
import { linearAxis } from '../charts/axis.ts';
import { svgBar, svgDocument, svgLine, svgText } from '../charts/svg-document.ts';
import { formatNumber } from '../facts/number.ts';
import { layerStyle } from './layer-style.ts';

/** Errors of one channel, in real units. */
export interface ChannelError {
  readonly channel: number;
  readonly rmse: number;
  /** Mean of board - reference: what is the same everywhere in the channel. */
  readonly bias: number;
}

const width = 760;
const height = 300;
const left = 62;
const plotWidth = 676;
const top = 86;
const plotHeight = 160;

/** Error of every channel of a layer, fed with the board's own input; the second axis of its shape counts channels. */
export function channelErrors({ shape }: LayerRow, { board, isolated }: SuspectTensors): ChannelError[] {
  const channels = shape.length > 1 ? shape[1]! : 1;
  const plane = board.data.length / ((shape[0] ?? 1) * channels);
  const sums = Array.from({ length: channels }, () => ({ squares: 0, errors: 0 }));
  for (let i = 0; i < board.data.length; i++) {
    const error = board.data[i]! - isolated.data[i]!;
    const sum = sums[Math.floor(i / plane) % channels]!;
    sum.squares += error * error;
    sum.errors += error;
  }
  const count = board.data.length / channels;
  return sums.map(({ squares, errors }, channel) => ({
    channel,
    rmse: Math.sqrt(squares / count),
    bias: errors / count,
  }));
}

/** Bars for the RMS error of each channel, and in front of them the part of it that is the same all over the channel. */
export function channelPlot(row: LayerRow, errors: readonly ChannelError[]): string {
  const axis = linearAxis(
    errors.map(({ rmse }) => rmse),
    plotHeight,
  );
  const bottom = top + plotHeight;
  const step = plotWidth / errors.length;
  const bar = (look: string, channel: number, value: number, share: number) => {
    const tall = axis.position(value);
    return svgBar(
      look,
      left + (channel + (1 - share) / 2) * step,
      bottom - tall,
      Math.max(0.6, share * step),
      tall,
    );
  };
  const worst = errors.reduce((a, b) => (b.rmse > a.rmse ? b : a));
  const told = `${errors.length} channels; the worst is ${worst.channel} with ${formatNumber(worst.rmse, 3)} RMS`;
  const every = Math.max(1, Math.ceil(errors.length / 13));
  return svgDocument({
    width,
    height,
    title: `${row.value}: error of each channel`,
    description: told,
    body: [
      layerStyle,
      svgText(16, 26, `${row.value}: error of each channel`, 'heading'),
      svgText(16, 46, told, 'faint'),
      svgBar('board', 16, 60, 10, 10),
      svgText(32, 69, 'RMS error'),
      svgBar('golden', 120, 60, 10, 10),
      svgText(136, 69, '|mean error|: the same all over the channel'),
      ...axis.ticks.flatMap(({ value, label }) => [
        svgLine('grid', left, bottom - axis.position(value), left + plotWidth, bottom - axis.position(value)),
        svgText(left - 8, bottom - axis.position(value) + 4, label, 'faint end'),
      ]),
      ...errors.flatMap(({ channel, rmse, bias }) => [
        bar('board', channel, rmse, 0.8),
        bar('golden', channel, Math.abs(bias), 0.4),
      ]),
      ...errors
        .filter(({ channel }) => channel % every === 0)
        .map(({ channel }) =>
          svgText(left + (channel + 0.5) * step, bottom + 18, `${channel}`, 'faint middle'),
        ),
      svgText(left + plotWidth / 2, bottom + 40, 'channel', 'faint middle'),
    ].join('\n'),
  });
}
