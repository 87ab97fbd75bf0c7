import { expect, test } from 'vitest';
import { parseComponentVersion } from './sdk-stack.ts';

test.each([
  [
    'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)',
    { version: '1.7.5', commit: 'ccb93f1', built: '2023-07-18 10:48:49' },
  ],
  ['1.6.1 (9a3ab3e build: 2021-05-17 14:29:33)', { version: '1.6.1', commit: '9a3ab3e' }],
  ['6.4.6.5.351518', { version: '6.4.6.5.351518' }],
  ['0.9.9', { version: '0.9.9' }],
  ['librknn_runtime version 1.7.3b1', { version: '1.7.3b1' }],
  ['', { version: '' }],
  ['no number here', { version: '' }],
])('reads the version out of "%s" and keeps the text', (text, expected) => {
  const version = parseComponentVersion(text);

  expect(version).toMatchObject({ text, ...expected });
});

test('gives no commit and no build time where the banner has none', () => {
  expect(parseComponentVersion('6.4.6.5.351518')).toEqual({
    text: '6.4.6.5.351518',
    version: '6.4.6.5.351518',
  });
});
