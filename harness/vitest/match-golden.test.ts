import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import './matchers.ts';

// The golden two-class/apple-1 of the built-in suite is about [0.99900, 0.00100].
const near = tensor('float32', [1, 2], Float32Array.of(0.999, 0.001));

test('takes a tensor that is within tolerance', async () => {
  await expect(near).toMatchGolden('two-class/apple-1', { tolerance: 'fp16' });
});

test('takes outputs by name', async () => {
  await expect(new Map([['prob', near]])).toMatchGolden('two-class/apple-1', { tolerance: { atol: 0.001 } });
});

test('reads float16 bits as what they stand for', async () => {
  const halves = tensor('float16', [1, 2], Uint16Array.of(0x3bfe, 0x141a));

  await expect(halves).toMatchGolden('two-class/apple-1', { tolerance: 'fp16' });
});

test('refuses swapped classes, saying what is wrong', async () => {
  const swapped = tensor('float32', [1, 2], Float32Array.of(0.001, 0.999));

  const held = expect(swapped).toMatchGolden('two-class/apple-1', { tolerance: 'fp16' });

  await expect(held).rejects.toThrow(/golden two-class\/apple-1: top-1 is 1 instead of 0; p\[1\] is 0\.999/);
});

test('can be negated', async () => {
  await expect(near).not.toMatchGolden('two-class/plum-1', { tolerance: 'fp16' });
});

test.each([
  ['a golden that does not exist', 'two-class/banana', {}, 'there is no golden two-class/banana'],
  [
    'an output that it has not',
    'two-class/apple-1',
    { output: 'logits' },
    'has the outputs prob, but no logits',
  ],
])('says so about %s', async (_, name, options, message) => {
  const held = expect(near).toMatchGolden(name, { tolerance: 'fp16', ...options });

  await expect(held).rejects.toThrow(message);
});
