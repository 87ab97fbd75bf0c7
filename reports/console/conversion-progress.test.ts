import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { Conversion } from '../../harness/convert/conversion.ts';
import { ConversionProgress } from './conversion-progress.ts';
import { FakeTerminal } from './fake-terminal.ts';
import type { Lifetime } from './live-block.ts';

const conversion: Conversion = {
  sdk: '1.7.5',
  toolkit: '1.7.5',
  converter: { command: ['convert', '{request}'], timeout: '60m' },
  source: { model: '/lab/net.onnx' },
  settings: { path: '/lab/net.u8.yaml', values: {}, dataset: undefined },
  key: 'key',
};
const model = { path: '/lab/.hil/net.rknn', sha256: 'a', bytes: 1234, toolkit: '1.7.5b1', cached: false };

const lifetime = (): Lifetime => Object.assign(new EventEmitter(), { pid: 1, kill: () => true });

test('a log gets a line at the start and one at the end', () => {
  const log = new FakeTerminal({ isTTY: false });
  using progress = new ConversionProgress(log, {}, lifetime());

  progress.onStart(conversion);
  progress.onLine(conversion, 'quantising layer 3 of 40');
  progress.onEnd(conversion, model);

  expect(log.text).toMatch(
    /^converting net\.onnx \(net\.u8\.yaml\) for SDK 1\.7\.5\nconverted {2}net\.onnx \(net\.u8\.yaml\) for SDK 1\.7\.5: 1234 bytes by toolkit 1\.7\.5b1, .*\n$/,
  );
});

test('a terminal shows what the converter says last, in a line that goes when it ends', () => {
  vi.useFakeTimers();
  try {
    const terminal = new FakeTerminal({ columns: 100 });
    using progress = new ConversionProgress(terminal, {}, lifetime());

    progress.onStart(conversion);
    progress.onLine(conversion, '\u001b[32mquantising layer 3 of 40\u001b[0m');
    vi.advanceTimersByTime(1000);
    const during = terminal.screen.join('\n');
    progress.onEnd(conversion, model);

    expect(during).toMatch(/^converting net\.onnx .* 1\.0? ?s: quantising layer 3 of 40$/m);
    expect(terminal.screen.filter((line) => line !== '')).toEqual([
      expect.stringMatching(/^converted {2}net\.onnx/),
    ]);
  } finally {
    vi.useRealTimers();
  }
});

test('a model from the cache is not told', () => {
  const log = new FakeTerminal({ isTTY: false });
  using progress = new ConversionProgress(log, {}, lifetime());

  progress.onEnd(conversion, { ...model, cached: true });

  expect(log.text).toBe('');
});
