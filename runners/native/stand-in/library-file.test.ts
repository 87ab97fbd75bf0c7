import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { program, skipUnlessMet } from '../../machine-needs.ts';
import { readElf } from '../elf.ts';
import { buildNative } from '../native-build.ts';

const architectures = ['aarch64', 'x86_64'] as const;

const prebuilt = (name: string): string => fileURLToPath(new URL(`../prebuilt/${name}`, import.meta.url));
const library = (architecture: string): string => prebuilt(`${architecture}/librknn_api.so`);

test.each(architectures)('the stand-in for %s ships with its sha256', (architecture) => {
  const sum = createHash('sha256')
    .update(readFileSync(library(architecture)))
    .digest('hex');

  expect(readFileSync(prebuilt('SHA256SUMS'), 'utf8')).toContain(`${sum}  ${architecture}/librknn_api.so\n`);
});

test.each(architectures)('the stand-in for %s is the one that these sources give', (architecture) => {
  const [hash] = buildNative('--stand-in', '--source-hash');

  const text = readFileSync(library(architecture), 'latin1');

  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(text.includes(hash!), 'run: node runners/native/build.mjs --prebuilt').toBe(true);
});

test.each(architectures)('the stand-in for %s needs libc only, none newer than 2.17', (architecture) => {
  const { machine, needed, versions } = readElf(readFileSync(library(architecture)))!;

  expect({ machine, needed }).toEqual({ machine: architecture, needed: ['libc.so.6'] });
  expect(versions.length).toBeGreaterThan(0);
  for (const { version } of versions) {
    const [, minor] = /^GLIBC_2\.(\d+)(?:\.\d+)?$/.exec(version)!;
    expect(Number(minor)).toBeLessThanOrEqual(17);
  }
});

test.each(architectures)(
  'the stand-in for %s says what it is to whoever searches its file',
  (architecture) => {
    const text = readFileSync(library(architecture), 'latin1');

    expect(text.match(/librknn_runtime version [^)]*\)/g)).toEqual([
      'librknn_runtime version 1.7.5 (simulated NPU, no hardware)',
    ]);
  },
);

// The vendor's whole client interface, and the name by which a program knows that there is no NPU.
const exported = [
  'hil_simulated_npu',
  'rknn_create_mem',
  'rknn_destroy',
  'rknn_destroy_mem',
  'rknn_init',
  'rknn_inputs_map',
  'rknn_inputs_set',
  'rknn_inputs_sync',
  'rknn_inputs_unmap',
  'rknn_outputs_get',
  'rknn_outputs_map',
  'rknn_outputs_release',
  'rknn_outputs_sync',
  'rknn_outputs_unmap',
  'rknn_query',
  'rknn_run',
  'rknn_set_io_mem',
];

test.for(architectures)(
  'the stand-in for %s exports the vendor’s sixteen functions and one mark',
  (architecture, context) => {
    skipUnlessMet(context, program('nm'));

    const listed = execFileSync('nm', ['-D', '--defined-only', '--format=posix', library(architecture)], {
      encoding: 'utf8',
    });

    const names = listed
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(new Set(names)).toEqual(new Set(exported));
    expect(names).toHaveLength(exported.length);
  },
);
