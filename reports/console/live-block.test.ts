import { expect, test } from 'vitest';
import { FakeLifetime, FakeTerminal } from './fake-terminal.ts';
import { LiveBlock } from './live-block.ts';

function openBlock() {
  const terminal = new FakeTerminal();
  const lifetime = new FakeLifetime();
  const block = new LiveBlock(terminal, lifetime);
  block.open();
  return { terminal, lifetime, block };
}

test('draws over its own lines and over nothing else', () => {
  const { terminal, block } = openBlock();

  block.draw(['one', 'two', 'three']);
  block.printAbove('kept\n');
  block.draw(['four']);
  block.draw(['five', 'six']);

  expect(terminal.screen).toEqual(['kept', 'five', 'six', '']);
});

test('leaves what was printed and a visible cursor when it is closed', () => {
  const { terminal, lifetime, block } = openBlock();
  block.draw(['running']);
  block.printAbove('kept\n');
  block.draw(['running']);
  expect(terminal.cursorVisible).toBe(false);

  block.close();

  expect(terminal.screen).toEqual(['kept', '']);
  expect(terminal.cursorVisible).toBe(true);
  expect(lifetime.eventNames()).toEqual([]);
});

test('gives the cursor back when the process exits without closing it', () => {
  const { terminal, lifetime, block } = openBlock();
  block.draw(['running']);

  lifetime.emit('exit');

  expect(terminal.cursorVisible).toBe(true);
  expect(terminal.screen).toEqual(['']);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  'gives the cursor back on %s and lets it end the process',
  (signal) => {
    const { terminal, lifetime } = openBlock();

    lifetime.emit(signal);

    expect(terminal.cursorVisible).toBe(true);
    expect(lifetime.killedBy).toBe(signal);
  },
);

test('leaves the end of the process to others who handle the signal', () => {
  const { terminal, lifetime } = openBlock();
  lifetime.on('SIGINT', () => undefined);

  lifetime.emit('SIGINT');

  expect(terminal.cursorVisible).toBe(true);
  expect(lifetime.killedBy).toBeUndefined();
});

test('draws nothing after it was closed', () => {
  const { terminal, block } = openBlock();
  block.close();

  block.draw(['late']);

  expect(terminal.screen).toEqual(['']);
});
