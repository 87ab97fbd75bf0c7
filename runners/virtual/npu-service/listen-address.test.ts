import { expect, test } from 'vitest';
import { formatAddress, parseListenAddress } from './listen-address.ts';

test.each([
  ['unix:/run/hil-npu.sock', { unix: '/run/hil-npu.sock' }],
  ['tcp:127.0.0.1:4711', { host: '127.0.0.1', tcp: 4711 }],
  ['tcp:[::1]:0', { host: '::1', tcp: 0 }],
])('reads and writes %s', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
  expect(formatAddress(address)).toBe(text);
});

test.each(['', 'unix:', `unix:/${'x'.repeat(107)}`, 'tcp:127.0.0.1', 'tcp:host:65536', '/run/hil-npu.sock'])(
  'refuses "%s" and says what to write',
  (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      expect.objectContaining({ code: 'HIL_NPU_ADDRESS', hint: expect.stringContaining('unix:/') }),
    );
  },
);
