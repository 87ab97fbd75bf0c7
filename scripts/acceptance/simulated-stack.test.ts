import { expect, test } from 'vitest';
import { createOnnxRuntimeEngine } from '../../harness/reference/onnx-runtime-engine.ts';
import type { NamedTensors } from '../../harness/tensor/tensor.ts';
import { conditionsFor, type Condition } from './conditions.ts';
import { basePictures, drawPicture } from './draw-pictures.ts';
import { pictureFolder } from './networks.ts';
import { seededRandom } from './random.ts';
import { answersOf, goldensOf } from './simulated-evidence.ts';

// The validation is worth something only if the stacks deviate as they are said to.

const engine = createOnnxRuntimeEngine();
const base = await basePictures(pictureFolder('two-class'));
const random = seededRandom(7);
const pictures = Array.from({ length: 4 }, () => drawPicture(base, random));
const goldens = await goldensOf(engine, 'two-class', pictures);
const conditions = conditionsFor('two-class', 'fp16');

const logOdds = ([first = 0, second = 0]: ArrayLike<number> & Iterable<number>) => Math.log(first / second);
const named = (part: string) => conditions.find(({ name }) => name.includes(part))!;
async function logOddsOf(
  stack: Condition['baseline'],
  of: readonly NamedTensors[] = goldens,
): Promise<number[]> {
  const answers = await answersOf(engine, 'two-class', 'fp16', stack, pictures, of);
  return answers.map(({ outputs: [output] }) => logOdds(output!.board));
}

test('a stack without deviation is near the golden, and the same each time', async () => {
  const { candidate } = named('deterministic');

  const [once, again] = [await logOddsOf(candidate), await logOddsOf(candidate)];

  expect(again).toEqual(once);
  for (const [i, golden] of goldens.entries())
    expect(once[i]).toBeCloseTo(logOdds(golden.get('prob')!.data as Float32Array), 1);
});

test('the published offset moves the log-odds by 0.245, whatever the picture', async () => {
  const { baseline, candidate } = named('class 0 moved');

  const [before, after] = [await logOddsOf(baseline), await logOddsOf(candidate)];

  // An fp16 step of these logits is at most 2^-8.
  for (const [i, value] of after.entries()) expect(Math.abs(value - before[i]! + 0.2451)).toBeLessThan(0.01);
});

test('a scale multiplies the log-odds', async () => {
  const { baseline, candidate } = named('1.01');

  const [before, after] = [await logOddsOf(baseline), await logOddsOf(candidate)];

  for (const [i, value] of after.entries()) expect(Math.abs(value - 1.01 * before[i]!)).toBeLessThan(0.01);
});

test('noisy boards give other bits to the same picture, close to the golden', async () => {
  const { baseline, candidate } = named('noisy');
  const exact = await logOddsOf(named('deterministic').baseline);

  const [one, other] = [await logOddsOf(baseline), await logOddsOf(candidate)];

  expect(one).not.toEqual(other);
  for (const [i, value] of one.entries()) expect(Math.abs(value - exact[i]!)).toBeLessThan(0.05);
});

test('another format of one layer changes answers a little', async () => {
  const { baseline, candidate } = named(' in u8');

  const [before, after] = [await logOddsOf(baseline), await logOddsOf(candidate)];

  expect(after).not.toEqual(before);
  for (const [i, value] of after.entries()) expect(Math.abs(value - before[i]!)).toBeLessThan(0.2);
});
