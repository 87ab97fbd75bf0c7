import { expect, test } from 'vitest';
import { preprocessSchema, type Preprocess } from '../spec/schema.ts';
import { usualMistakes } from './preprocessing-mistakes.ts';

const declare = (declared: Partial<Preprocess>) =>
  preprocessSchema.parse({ channelOrder: 'bgr', layout: 'NCHW', ...declared });

const changeOf = (declared: Preprocess, description: string) => {
  const variant = usualMistakes(declared).find((candidate) => candidate.description === description);
  return variant && { channelOrder: variant.preprocess.channelOrder, mean: variant.preprocess.mean, std: variant.preprocess.std };
};

test('red and blue are swapped, with the means as listed and with the means swapped too', () => {
  const declared = declare({ mean: [104, 117, 123] });

  expect(changeOf(declared, 'channelOrder rgb')).toEqual({ channelOrder: 'rgb', mean: [104, 117, 123], std: 1 });
  expect(changeOf(declared, 'channelOrder rgb and mean and std in reverse order')).toEqual({
    channelOrder: 'rgb',
    mean: [123, 117, 104],
    std: 1,
  });
});

test('the normalisation is left out, in part or whole', () => {
  const declared = declare({ mean: 128, std: 64 });

  expect(changeOf(declared, 'mean 0')).toMatchObject({ mean: 0, std: 64 });
  expect(changeOf(declared, 'std 1')).toMatchObject({ mean: 128, std: 1 });
  expect(changeOf(declared, 'mean 0 and std 1')).toMatchObject({ mean: 0, std: 1 });
});

test('the normalisation is applied twice', () => {
  const normalise = (x: number, mean: number, std: number) => (x - mean) / std;
  const single = changeOf(declare({ mean: 128, std: 1 }), 'mean and std applied twice');
  const perChannel = changeOf(declare({ mean: [10, 20, 30], std: 2 }), 'mean and std applied twice');
  const both = changeOf(declare({ mean: 3, std: [1, 2, 4] }), 'mean and std applied twice');

  expect(single).toMatchObject({ mean: 256, std: 1 });
  expect(perChannel).toMatchObject({ mean: [30, 60, 90], std: 4 });
  expect(both).toMatchObject({ mean: [6, 9, 15], std: [1, 4, 16] });
  expect(normalise(99, 90, 4)).toBe(normalise(normalise(99, 30, 2), 30, 2));
});

test('values are scaled to 0..1 or to -1..1', () => {
  const declared = declare({ mean: [104, 117, 123] });

  expect(changeOf(declared, 'mean 0 and std 255 (values in 0..1)')).toMatchObject({ mean: 0, std: 255 });
  expect(changeOf(declared, 'mean 127.5 and std 127.5 (values in -1..1)')).toMatchObject({ mean: 127.5, std: 127.5 });
});

test('a mean and std for values in 0..1 are taken times 255', () => {
  const declared = declare({ mean: [0.5, 0.25, 0], std: 0.2 });

  expect(changeOf(declared, 'mean and std times 255 (they are given for values in 0..1)')).toMatchObject({
    mean: [127.5, 63.75, 0],
    std: 51,
  });
  expect(changeOf(declare({ mean: 128 }), 'mean and std times 255 (they are given for values in 0..1)')).toBeUndefined();
});

test('other interpolations are tried where the picture is resized', () => {
  const resize = { width: 64, height: 64, mode: 'stretch', interpolation: 'area', pad: 0 } as const;

  const variants = usualMistakes(declare({ resize })).filter(({ description }) => description.startsWith('resize'));

  expect(variants.map(({ preprocess }) => preprocess.resize)).toEqual(
    (['linear', 'cubic', 'nearest'] as const).map((interpolation) => ({ ...resize, interpolation })),
  );
});

test('grey pictures have no channels to swap', () => {
  const descriptions = usualMistakes(declare({ channelOrder: 'grey', mean: 128 })).map(({ description }) => description);

  expect(descriptions).toContain('mean 0');
  expect(descriptions.filter((description) => description.includes('channelOrder'))).toEqual([]);
});

test('no variant is tried twice, and none is what the spec declares already', () => {
  const declared = declare({ mean: 0, std: 255 });

  const texts = [declared, ...usualMistakes(declared).map(({ preprocess }) => preprocess)].map((p) => JSON.stringify(p));

  expect(new Set(texts).size).toBe(texts.length);
});
