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
const folder = dirname(dirname(prebuiltRunner('aarch64')));
const shipped = architectures.flatMap((architecture) =>
  ['hil-npu-run', 'librknn_api.so'].map((name) => `${architecture}/${name}`),
);

test('ships a runner and a stand-in library for two architectures, each with its sha256', () => {
  const sums = readFileSync(`${folder}/SHA256SUMS`, 'utf8');

  const found = shipped.map((path) => {
    const bytes = readFileSync(`${folder}/${path}`);
    return `${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`;
  });

  expect(sums).toBe(found.join(''));
});

test.each(shipped)('ships the %s that these sources give', (path) => {
  const [hash] = buildNative('--source-hash', ...(path.endsWith('.so') ? ['--stand-in'] : []));

  const text = readFileSync(`${folder}/${path}`, 'latin1');

  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  // If not: node runners/native/build.mjs --prebuilt
  expect(text.includes(hash!)).toBe(true);
});

test.each(shipped)('ships a %s that glibc 2.17 is enough for', (path) => {
  const { versions } = readElf(readFileSync(`${folder}/${path}`))!;

  expect(versions.length).toBeGreaterThan(0);
  expect(versions.filter(({ version }) => !isAtMost217(version))).toEqual([]);
});

const isAtMost217 = (version: string): boolean => {
  const [, major, minor] = /^GLIBC_(\d+)\.(\d+)(?:\.\d+)?$/.exec(version) ?? [];
  return Number(major) === 2 && Number(minor) <= 17;
};

test.each(architectures)('ships a runner for %s that needs libc and libdl only', (architecture) => {
  const facts = readElf(readFileSync(prebuiltRunner(architecture)))!;

  expect(facts.machine).toBe(architecture);
  expect(facts.needed.toSorted()).toEqual(['libc.so.6', 'libdl.so.2']);
});

test.each(shipped)('ships a %s without any path of the machine that built it', (path) => {
  const text = readFileSync(`${folder}/${path}`, 'latin1');

  expect(text).not.toContain(process.cwd());
  expect(text).not.toMatch(/\/(?:home|root|work|tmp\/[a-z])/);
});

test('builds the shipped runner bit by bit from these sources, with the compiler that built it', (context) => {
  skipUnlessMet(context, hostCompiler);
  context.skip(process.arch !== 'x64' || !isCompilerOfRelease(), 'another compiler gives another file');

  const built = buildNative().find((file) => file.endsWith('/hil-npu-run'));

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
