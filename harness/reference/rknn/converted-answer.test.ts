import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BoardInput } from '../../board/session.ts';
import { createOnnxRuntimeEngine } from '../onnx-runtime-engine.ts';
import { convertedAnswer } from './converted-answer.ts';

const engine = createOnnxRuntimeEngine();
const read = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const answers = JSON.parse(new TextDecoder().decode(read('answers.json'))) as {
  readonly planes: readonly number[];
  readonly float: readonly number[];
  readonly formats: Readonly<Record<'u8' | 'i8', { readonly prob: readonly number[] }>>;
};
const bytes = Uint8Array.from(answers.planes, (value) => value + 128);
const picture: BoardInput = {
  index: 0,
  bytes,
  dtype: 'uint8',
  layout: 'NCHW',
  passThrough: false,
  sizeBytes: bytes.length,
};
const distance = (a: ArrayLike<number>, b: readonly number[]) =>
  Math.max(...b.map((value, i) => Math.abs(a[i]! - value)));

describe.each(['u8', 'i8'] as const)('the answer that a %s file itself gives', (format) => {
  const question = {
    bytes: read(`small_${format}.rknn`),
    origin: `small_${format}.rknn`,
    engine,
    inputs: [picture],
  };

  test('is the independent integer network’s, and tells rounding from weights', async () => {
    const { converted, float } = await convertedAnswer(question);

    const [answer, kept] = [converted[0]!.tensor, float[0]!.tensor];
    expect(answer.shape).toEqual([1, 5]);
    expect(distance(answer.data, answers.formats[format].prob)).toBeLessThan(0.001);
    // The conversion is off by what the independent network is; the decoded weights alone by less.
    const off = distance(answers.formats[format].prob, [...answers.float]);
    expect(distance(answer.data, [...answers.float])).toBeCloseTo(off, 3);
    expect(distance(kept.data, [...answers.float])).toBeLessThan(0.02);
  });

  test('changes when red and blue come in exchanged: the input goes the file’s way, not the spec’s', async () => {
    const plane = bytes.length / 3;
    const swapped = bytes.map((_, i) => bytes[(i % plane) + (2 - Math.floor(i / plane)) * plane]!);

    const { converted } = await convertedAnswer({ ...question, inputs: [{ ...picture, bytes: swapped }] });

    expect(distance(converted[0]!.tensor.data, answers.formats[format].prob)).toBeGreaterThan(0.02);
  });

  test('is refused for an input that no runtime takes', async () => {
    const inputs = [{ ...picture, dtype: 'int64' as const }];

    await expect(convertedAnswer({ ...question, inputs })).rejects.toThrow('input 0 is fed int64');
  });
});
