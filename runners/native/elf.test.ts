import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readElf } from './elf.ts';

const prebuilt = (architecture: string): Buffer =>
  readFileSync(new URL(`prebuilt/${architecture}/hil-npu-run`, import.meta.url));

// What `readelf --program-headers --dynamic --version-info` prints of the two files.
test.each([
  ['aarch64', '/lib/ld-linux-aarch64.so.1'],
  ['x86_64', '/lib64/ld-linux-x86-64.so.2'],
])('reads machine, loader and libraries of a program for %s', (machine, interpreter) => {
  const facts = readElf(prebuilt(machine));

  expect(facts).toMatchObject({ machine, bits: 64, interpreter });
  expect([...facts!.needed].sort()).toEqual(['libc.so.6', 'libdl.so.2']);
  expect(facts!.versions).toContainEqual({ library: 'libc.so.6', version: 'GLIBC_2.17' });
});

/** The smallest 32-bit Arm header: no segments, so nothing is needed. */
function armHeader(): Uint8Array {
  const bytes = new Uint8Array(52);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  bytes[18] = 40;
  return bytes;
}

test('reads the machine of a static 32-bit program', () => {
  expect(readElf(armHeader())).toEqual({ machine: 'arm', bits: 32, needed: [], versions: [] });
});

test.each([
  ['a script', Buffer.from('#!/bin/sh\nexit 0\n'.padEnd(80))],
  ['nothing', new Uint8Array(0)],
  ['a program of a big-endian machine', armHeader().fill(2, 5, 6)],
])('takes %s for no ELF file', (_, bytes) => {
  expect(readElf(bytes)).toBeUndefined();
});

test('never fails on a file that is cut or damaged', () => {
  const whole = prebuilt('aarch64');
  const byte = fc.tuple(fc.nat({ max: 4096 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.nat({ max: whole.length }), fc.array(byte, { maxLength: 8 }), (length, changes) => {
      const bytes = Uint8Array.from(whole.subarray(0, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;

      const facts = readElf(bytes);

      expect(facts === undefined || facts.bits === 64 || facts.bits === 32).toBe(true);
    }),
  );
});
