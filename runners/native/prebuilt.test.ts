import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { program, skipUnlessMet } from '../machine-needs.ts';
import type { Message, Reply } from '../protocol/messages.ts';
import { readElf } from './elf.ts';
import { buildNative, hostCompiler, prebuiltRunner } from './native-build.ts';
import { greeting, RunnerProcess } from './runner-process.ts';
import { refusal } from './runner-under-test.ts';

const architectures = ['aarch64', 'x86_64'] as const;

test.each(architectures)('ships a runner for %s with its sha256', (architecture) => {
  const file = prebuiltRunner(architecture);
  const sums = readFileSync(`${dirname(dirname(file))}/SHA256SUMS`, 'utf8');

  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');

  expect(sums).toContain(`${sum}  ${architecture}/hil-npu-run\n`);
});

test.each(architectures)('ships the runner for %s that these sources give', (architecture) => {
  const [hash] = buildNative('--source-hash');

  const text = readFileSync(prebuiltRunner(architecture), 'latin1');

  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(text.includes(hash!), 'run: node runners/native/build.mjs --prebuilt').toBe(true);
});

test.each(architectures)(
  'ships a runner for %s that glibc 2.17 starts, with libc and libdl only',
  (architecture) => {
    const facts = readElf(readFileSync(prebuiltRunner(architecture)))!;

    expect(facts.machine).toBe(architecture);
    expect(facts.needed.toSorted()).toEqual(['libc.so.6', 'libdl.so.2']);
    const tooNew = facts.versions.filter(({ version }) => !isAtMost217(version));
    expect(tooNew).toEqual([]);
    expect(facts.versions.length).toBeGreaterThan(1);
  },
);

const isAtMost217 = (version: string): boolean => {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$/.exec(version) ?? [];
  return Number(major) === 2 && Number(minor) <= 17;
};

test.each(architectures)(
  'ships a runner for %s without any path of the machine that built it',
  (architecture) => {
    const text = readFileSync(prebuiltRunner(architecture), 'latin1');

    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/\/(?:home|root|work|tmp\/[a-z])/);
  },
);

test('builds the shipped runner bit by bit from these sources, with the compiler that built it', (context) => {
  skipUnlessMet(context, hostCompiler);
  context.skip(process.arch !== 'x64' || !isCompilerOfRelease(), 'another compiler gives another file');

  const [built] = buildNative();

  expect(readFileSync(built!).equals(readFileSync(prebuiltRunner('x86_64')))).toBe(true);
});

const isCompilerOfRelease = (): boolean =>
  execFileSync(process.env['CC'] ?? 'cc', ['--version'], { encoding: 'utf8' }).includes('(Debian 12.2.0-14');

test('ships a runner for x86_64 that starts and answers', async (context) => {
  context.skip(process.platform !== 'linux' || process.arch !== 'x64', 'this machine is another');

  expect(await greetWithoutLibrary([prebuiltRunner('x86_64')])).toEqual(
    refusal('library', { usable: false }),
  );
});

test('ships a runner for aarch64 that starts and answers', async (context) => {
  // The cross compiler brings the libraries that qemu has it find.
  skipUnlessMet(context, program('qemu-aarch64-static'), program('aarch64-linux-gnu-gcc'));

  const command = ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', prebuiltRunner('aarch64')];
  expect(await greetWithoutLibrary(command)).toEqual(refusal('library', { usable: false }));
});

test('ships a runner that keeps to the protocol where nothing can be compiled', async (context) => {
  context.skip(process.platform !== 'linux' || process.arch !== 'x64', 'this machine is another');
  await using early = new RunnerProcess({ file: prebuiltRunner('x86_64') });
  await using garbled = new RunnerProcess({ file: prebuiltRunner('x86_64') });

  const refused = await early.ask({ type: 'ping' });
  early.end();
  garbled.raw(Buffer.from('GET / HTTP/1.1'));

  expect(refused).toEqual(refusal('request', { id: 1 }));
  expect(await early.exited).toEqual({ code: 0, signal: null });
  expect(await garbled.next()).toEqual(refusal('frame', { id: 0, usable: false }));
  expect(await garbled.exited).toEqual({ code: 2, signal: null });
});

/** Without a vendor's library a runner cannot do more than say so. */
async function greetWithoutLibrary([file, ...args]: readonly string[]): Promise<Message<Reply>> {
  await using runner = new RunnerProcess({
    file: file!,
    args: [...args, '--library', '/nowhere/librknn_api.so'],
  });
  return await runner.ask(greeting);
}
