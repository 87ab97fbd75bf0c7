import { expect, test } from 'vitest';
import { formatAddress, parseListenAddress } from '../../../runners/virtual/npu-service/listen-address.ts';
import { RawClient } from '../../../runners/virtual/npu-service/raw-client.ts';
import { cli, fakeIo } from '../fake-io.ts';
import { runCli } from '../program.ts';

test('serves the NPU of the SDK that was chosen, and ends when it is interrupted', async () => {
  const { io, written } = fakeIo('/');
  const interrupt = new AbortController();
  const ended = runCli(['virtual', 'npu', '--sdk', '1.6.1'], { ...io, signal: interrupt.signal });
  await expect.poll(() => written.stdout, { timeout: 15_000 }).toContain('HIL_NPU=tcp:127.0.0.1:');
  const address = /HIL_NPU=(\S+)/.exec(written.stdout)![1]!;
  const client = await RawClient.open(address);

  const { status, payload } = await client.ask('version', Buffer.alloc(32));
  interrupt.abort();
  const code = await ended;

  expect(status).toBe(0);
  expect(payload.toString('latin1')).toContain('librknn_runtime version 1.6.1 (');
  expect(formatAddress(parseListenAddress(address))).toBe(address);
  expect(code).toBe(0);
  await client.closed;
});

test('refuses an address that is none, with the forms that are', async () => {
  const { code, stderr } = await cli('/', 'virtual', 'npu', '--listen', '/tmp/npu.sock');

  expect(code).toBe(2);
  expect(stderr).toContain('"/tmp/npu.sock" is no address for the simulated NPU');
  expect(stderr).toContain('unix:/path/of/a/socket');
});
