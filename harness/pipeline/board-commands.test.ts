import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ResolvedCommand } from '../spec/case.ts';
import { temporaryProject } from '../spec/temporary-project.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { BoardCommands, CommandFileUnreadableError } from './board-commands.ts';

const commandOf = (path: (name: string) => string): ResolvedCommand => ({
  program: { path: path('demo'), name: 'demo' },
  args: ['{model}'],
  files: [{ path: path('labels.txt'), as: 'a/labels.txt' }],
  environment: {},
  input: 'file',
  outputs: [{ parser: 'top5', from: 'stdout', block: 0 }],
});

test('reads program and files, and names the whole by one hash', async () => {
  using place = temporaryProject({ demo: 'the program', 'labels.txt': 'cat' });
  const command = commandOf((name) => place.path(name));
  const commands = new BoardCommands();

  const first = await commands.read(command, 1000);
  const again = await commands.read(command, 1000);
  const others = await Promise.all([
    commands.read({ ...command, args: ['{input}'] }, 1000),
    commands.read({ ...command, environment: { A: '1' } }, 1000),
    commands.read({ ...command, program: { onBoard: 'demo' } }, 1000),
  ]);

  expect(first).toMatchObject({
    program: { name: 'demo', file: { sha256: sha256Hex('the program') } },
    files: [{ as: 'a/labels.txt', file: { sha256: sha256Hex('cat') } }],
  });
  expect(again.sha256).toBe(first.sha256);
  expect(new Set([first, ...others].map(({ sha256 }) => sha256)).size).toBe(4);
});

test('reads a file again once it has changed', async () => {
  using place = temporaryProject({ demo: 'the program', 'labels.txt': 'cat' });
  const command = commandOf((name) => place.path(name));
  const commands = new BoardCommands();
  const before = await commands.read(command, 1000);

  writeFileSync(place.path('demo'), 'another program');

  expect((await commands.read(command, 1000)).sha256).not.toBe(before.sha256);
});

test('says which file cannot be read', async () => {
  using place = temporaryProject({ demo: 'the program' });
  const reading = new BoardCommands().read(
    commandOf((name) => place.path(name)),
    1000,
  );

  await expect(reading).rejects.toThrow(CommandFileUnreadableError);
  await expect(reading).rejects.toThrow('labels.txt, which the command needs, cannot be read');
});
