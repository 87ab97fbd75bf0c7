import { expect, test } from 'vitest';
import { LogBuffer } from './log-buffer.ts';

test('hands its text over once', () => {
  const log = new LogBuffer();
  log.add('one\n');
  log.add('two\n');

  expect(log.take()).toBe('one\ntwo\n');
  expect(log.take()).toBe('');
});

test('tells what came after a position, as far as nobody has taken it', () => {
  const log = new LogBuffer();
  log.add('before');
  const { position } = log;
  log.add('after');

  expect(log.since(position)).toBe('after');
  log.take();
  expect(log.since(position)).toBe('');
});

test('keeps the end of a text that never stops, and says that it was cut', () => {
  const log = new LogBuffer();
  for (let line = 0; line < 100_000; line++) log.add(`line ${line}\n`);

  const text = log.take();

  expect(text.length).toBeLessThan(600_000);
  expect(text).toMatch(/^\[… earlier output dropped …\]\n/);
  expect(text.endsWith('line 99999\n')).toBe(true);
});
