import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTopList } from './top-list.ts';
import { UnreadableOutput } from './unreadable-output.ts';

/** Classes and scores that the vendor's guide shows for its fp16 MobileNet on a picture of a dog. */
const dog = ['156: 0.948730', '155: 0.046509', '205: 0.003265', '284: 0.000794', '260: 0.000104'];
const dogPlaces = [156, 155, 205, 284, 260];
const dogScores = [0.94873, 0.046509, 0.003265, 0.000794, 0.000104].map(Math.fround);

const banner = 'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)';
const newDemo = [
  banner,
  'model input num: 1, output num: 1',
  'input tensors:',
  '  index=0, name=input, n_dims=4, dims=[1, 224, 224, 3], n_elems=150528, size=150528, fmt=NHWC, type=UINT8, qnt_type=AFFINE, zp=128, scale=0.007812',
  'output tensors:',
  '  index=0, name=MobilenetV1/Predictions/Reshape_1, n_dims=2, dims=[1, 1001], n_elems=1001, size=2002, fmt=NHWC, type=FP16, qnt_type=NONE, zp=0, scale=1.000000',
  'w=224,h=224,c=3, fmt=1',
  'rknn_run',
  '   0: Elapse Time = 4.31ms, FPS = 232.02',
  ' --- Top5 ---',
  ...dog,
  '',
].join('\n');
const oldDemo = [
  banner,
  'index=0 name= n_dims=4 dims=[1 224 224 3] n_elems=150528 size=150528 fmt=0 type=3 qnt_type=2 fl=0 zp=128 scale=0.007812',
  'total element count = 150528, bytes per element = 1',
  'perform RGB2BGR',
  ' --- Top5 ---',
  ...dog,
].join('\n');

describe('the block of best classes', () => {
  test.each([
    ['the mobilenet demo since 1.7.3', newDemo],
    ['the demos before', oldDemo],
    ['a terminal, with CRLF', newDemo.replaceAll('\n', '\r\n')],
    ['a program whose output ends without a line end', ` --- Top5 ---\n${dog.join('\n')}`],
    [
      'a Python example',
      `mobilenet_v1\n-----TOP 5-----\n${dog.map((line) => line.replace(/\d+/, '[$&]')).join('\n')}\n\ndone`,
    ],
    ['lines of the runtime in between', ` --- Top5 ---\n${dog.join('\nD RKNNAPI: a line of the log\n')}\n`],
  ])('is read as %s prints it', (_, text) => {
    const { tensor, listing } = parseTopList(text, 0);

    expect(listing).toEqual({ kind: 'some', places: dogPlaces, restAtMost: 0.000104 });
    expect([...tensor.data]).toEqual(dogScores);
  });

  test('leaves out what the demo prints where it has no class: nothing else is above 0', () => {
    const text =
      ' --- Top5 ---\n  1: 0.947266\n  0: 0.052887\n -1: 0.000000\n -1: 0.000000\n4294967295: 0.000000\n';

    const { tensor, listing } = parseTopList(text, 0);

    expect(listing).toEqual({ kind: 'some', places: [1, 0], restAtMost: 0 });
    expect([...tensor.data]).toEqual([0.947266, 0.052887].map(Math.fround));
  });

  test('may be empty: a demo whose scores are all NaN lists no class', () => {
    const { tensor, listing } = parseTopList(` --- Top5 ---\n${' -1: 0.000000\n'.repeat(5)}`, 0);

    expect(listing).toEqual({ kind: 'some', places: [], restAtMost: 0 });
    expect(tensor.shape).toEqual([0]);
  });

  test('keeps NaN and Inf for the comparison to judge', () => {
    const { tensor, listing } = parseTopList('--- Top2 ---\n3: nan\n5: inf\n', 0);

    expect([...tensor.data]).toEqual([NaN, Infinity]);
    expect(listing).toEqual({ kind: 'some', places: [3, 5] });
  });

  test('takes the classes of a tie, which Python prints once for each', () => {
    const text = '-----TOP 5-----\n[156]: 0.5\n[ 12 155]: 0.125\n[ 12 155]: 0.125\n[7]: 1e-05\n-1: 0.0\n';

    const { tensor, listing } = parseTopList(text, 0);

    expect(listing).toMatchObject({ places: [156, 12, 155, 7] });
    expect([...tensor.data]).toEqual([0.5, 0.125, 0.125, Math.fround(1e-5)]);
  });

  test('is chosen by its number where there are several', () => {
    const text = ['--- Top2 ---', '1: 0.9', '2: 0.1', '--- Top2 ---', '3: 0.8', '4: 0.2'].join('\n');

    expect(parseTopList(text, 0).listing).toMatchObject({ places: [1, 2] });
    expect(parseTopList(text, 1).listing).toMatchObject({ places: [3, 4] });
    expect(() => parseTopList(text, 2)).toThrow(
      'it has 2 blocks of best classes, and block 2 (from 0) is asked for',
    );
  });

  test.each([
    ['', 'it has no line such as " --- Top5 ---"'],
    ['rknn_init fail! ret=-13', 'it has no line such as'],
    [` --- Top5 ---\n${dog.slice(0, 3).join('\n')}`, 'the block at line 1, "--- Top5 ---", has 3 of 5 lines'],
    [' --- Top5 ---\n156: 0,948730\n', 'line 2, "156: 0,948730": the score has a decimal comma'],
    [' --- Top5 ---\n156: 1.#QNAN\n', 'line 2, "156: 1.#QNAN": the score is how Windows prints'],
    [' --- Top5 ---\n156: 0x1.e5cp-1\n', 'the score is hexadecimal'],
    ['--- Top2 ---\n-7: 0.5\n1: 0.5\n', 'line 2, "-7: 0.5": there is no class -7'],
    ['--- Top2 ---\n1: 0.5\n1: 0.5\n', 'it lists class 1 twice'],
  ])('is refused, with its line: %j', (text, problem) => {
    expect(() => parseTopList(text, 0)).toThrow(problem);
  });

  test('is found again whatever stands around it', () => {
    const noise = fc.array(fc.string().filter((line) => !/[:\n]|top/i.test(line)));
    const list = fc.uniqueArray(
      fc.record({ place: fc.nat(100_000), micros: fc.integer({ min: 1, max: 1_000_000 }) }),
      {
        selector: ({ place }) => place,
        minLength: 1,
        maxLength: 5,
      },
    );
    fc.assert(
      fc.property(noise, list, noise, fc.constantFrom('\n', '\r\n'), (before, entries, after, end) => {
        const text = [
          ...before,
          ` --- Top${entries.length} ---`,
          ...entries.map(({ place, micros }) => `${String(place).padStart(3)}: ${(micros / 1e6).toFixed(6)}`),
          ...after,
        ].join(end);

        const { tensor, listing } = parseTopList(text, 0);

        expect(listing).toMatchObject({ places: entries.map(({ place }) => place) });
        expect([...tensor.data]).toEqual(entries.map(({ micros }) => Math.fround(micros / 1e6)));
      }),
    );
  });

  test('never fails in another way than by saying what is unreadable', () => {
    const piece = fc.constantFrom(
      ' --- Top5 ---\n',
      '1: 0.5\n',
      '[1 2]: 0.1\n',
      '-1: 0',
      '\n',
      ': ',
      'nan',
      '\r',
      '٣: 1\n',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(outcomeOf(() => parseTopList(pieces.join(''), 0))).toBe('readable or not');
      }),
    );
  });
});

function outcomeOf(parse: () => unknown): unknown {
  try {
    parse();
    return 'readable or not';
  } catch (error) {
    return error instanceof UnreadableOutput ? 'readable or not' : error;
  }
}
