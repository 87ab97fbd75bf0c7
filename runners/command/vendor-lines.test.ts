import { expect, test } from 'vitest';
import { stackFromLines, unknownStack, vendorFailureIn } from './vendor-lines.ts';

const runtime = 'librknn_runtime version 1.7.1 (97198ce build: 2021-11-24 09:04:55 base: 1131)';

test.each([
  ['the runtime’s banner', `${runtime}\nmodel input num: 1\r\n`, ''],
  [
    'the line of the YOLO demo',
    `sdk version: ${runtime} driver version: 6.4.6.5.351518\r\n`,
    '6.4.6.5.351518',
  ],
])('reads the stack from %s', (_, text, driver) => {
  expect(stackFromLines(text)).toMatchObject({
    name: '1.7.1',
    api: { text: runtime, version: '1.7.1', commit: '97198ce', built: '2021-11-24 09:04:55' },
    driver: { version: driver },
  });
});

test('says that the stack is unknown where nothing tells it', () => {
  expect(stackFromLines(' --- Top5 ---\n1: 0.5\n')).toEqual(unknownStack);
});

test.each([
  ['rknn_init fail! ret=-13', 'HIL_VENDOR_TARGET_PLATFORM_UNMATCH', 'spec', 'rknn_init'],
  ['rknn_init error ret=-6\r', 'HIL_VENDOR_MODEL_INVALID', 'spec', 'rknn_init'],
  ['rknn_input_set fail! ret=-5', 'HIL_VENDOR_PARAM_INVALID', 'harness', 'rknn_inputs_set'],
  ['rknn_run fail! ret=-1', 'HIL_VENDOR_FAIL', 'undecided', 'rknn_run'],
])('reads the vendor’s failure %s', (line, code, owner, call) => {
  expect(vendorFailureIn(`${runtime}\n${line}\n`)).toMatchObject({ code, owner, call });
});

test('takes no other line for a failure', () => {
  expect(vendorFailureIn('fopen x fail!\nmy_init fail! ret=-1\nrknn_run fail! ret=0\n')).toBeUndefined();
});
