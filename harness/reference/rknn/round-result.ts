import { maxHalf } from '../../tensor/half.ts';
import { affineOf } from '../npu-format/encode-values.ts';
import { dtypeToOnnx } from '../onnx/model.ts';
import type { TensorStorage } from '../npu-format/tensor-storage.ts';
import type { IntegerRounding, RknnArithmetic } from './arithmetic.ts';
import type { NetworkWriter } from './network-writer.ts';
import { codeLimits, sameStorage, type Wire } from './wire.ts';

const float16 = { to: { int: dtypeToOnnx('float16') } };
const float32 = { to: { int: dtypeToOnnx('float32') } };

/** The float32 below one half: added before Floor it carries every tie over, and nothing that is below one. */
const almostHalf = 0.5 - 2 ** -25;

/**
 * Rounds a result into the format of the tensor that takes it: divided by the tensor's step in float32, made an
 * integer, clamped. This is the only place where a converted network loses anything.
 */
export function roundResult(
  writer: NetworkWriter,
  result: Wire,
  storage: TensorStorage,
  arithmetic: RknnArithmetic,
  wish: string,
): Wire {
  if (sameStorage(result.codes, storage)) return result;
  const { shape } = result;
  if (storage.dtype === 'float16') {
    const half = roundHalf(writer, realValue(writer, result, wish), arithmetic, wish);
    return { name: half, shape, step: 1, codes: storage };
  }
  const limits = codeLimits(storage);
  if (!limits) return { name: realValue(writer, result, wish), shape, step: 1, codes: storage };

  const { step, zp } = affineOf(storage.quantisation);
  const [low, high] = limits.map((limit) => limit - zp) as [number, number];
  const divisor = Math.fround(step / result.step);
  const whole = divisor === 1 && result.codes !== undefined && codeLimits(result.codes) !== undefined;
  const scaled =
    divisor === 1 ? result.name : writer.node('Div', [result.name, writer.scalar(divisor)], `${wish}/scaled`);
  const mode = storage.dtype === 'uint8' ? arithmetic.u8Rounding : arithmetic.signedRounding;
  const rounded = whole ? scaled : roundInteger(writer, scaled, mode, low >= 0, wish);
  const name = writer.node('Clip', [rounded, writer.scalar(low), writer.scalar(high)], `${wish}/codes`);
  return { name, shape, step, codes: storage };
}

/** The tensor of real values behind a wire. */
export function realValue(writer: NetworkWriter, { name, step }: Wire, wish: string): string {
  return step === 1 ? name : writer.node('Mul', [name, writer.scalar(step)], `${wish}/value`);
}

/** @param clamped - What is below 0 becomes 0 afterwards, so that it need not be rounded rightly. */
function roundInteger(
  writer: NetworkWriter,
  from: string,
  mode: IntegerRounding,
  clamped: boolean,
  wish: string,
): string {
  const floor = (name: string) => writer.node('Floor', [name], `${wish}/floor`);
  const away = (name: string) => floor(writer.node('Add', [name, writer.scalar(almostHalf)], `${wish}/half`));
  const bySize = (round: (name: string) => string) => {
    const size = round(writer.node('Abs', [from], `${wish}/size`));
    return writer.node('Mul', [size, writer.node('Sign', [from], `${wish}/sign`)], `${wish}/whole`);
  };
  switch (mode) {
    case 'half-to-even':
      return writer.node('Round', [from], `${wish}/whole`);
    case 'half-away-from-zero':
      return clamped ? away(from) : bySize(away);
    case 'toward-zero':
      return clamped ? floor(from) : bySize(floor);
    case 'down':
      return floor(from);
  }
}

function roundHalf(
  writer: NetworkWriter,
  from: string,
  { float16Rounding, float16Overflow }: RknnArithmetic,
  wish: string,
): string {
  const toHalf = (name: string, label: string) =>
    writer.node(
      'Cast',
      [writer.node('Cast', [name], `${wish}/${label}16`, float16)],
      `${wish}/${label}`,
      float32,
    );
  const saturates = float16Overflow === 'saturate' || float16Rounding === 'toward-zero';
  const limited = saturates
    ? writer.node('Clip', [from, writer.scalar(-maxHalf), writer.scalar(maxHalf)], `${wish}/limited`)
    : from;
  const nearest = toHalf(limited, 'half');
  if (float16Rounding === 'half-to-even') return nearest;

  // Where rounding went outward, the half next to it toward zero is meant: between half and one and a half of the gap
  // below any half lie 5/8 of 2^-10 of its size, or of 2^-24 where halves are evenly spaced.
  const size = writer.node('Abs', [nearest], `${wish}/size`);
  const share = writer.node('Mul', [size, writer.scalar(0.625 * 2 ** -10)], `${wish}/share`);
  const nudge = writer.node('Max', [share, writer.scalar(0.625 * 2 ** -24)], `${wish}/nudge`);
  const sign = writer.node('Sign', [nearest], `${wish}/sign`);
  const inward = toHalf(
    writer.node('Mul', [sign, writer.node('Sub', [size, nudge], `${wish}/less`)], `${wish}/inward`),
    'below',
  );
  const exact = writer.node('Abs', [limited], `${wish}/exact`);
  const outside = writer.node('Greater', [size, exact], `${wish}/outside`);
  return writer.node('Where', [outside, inward, nearest], `${wish}/truncated`);
}
