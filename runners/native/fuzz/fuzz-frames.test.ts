import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeFrame } from '../../protocol/frame.ts';
import { type MachineNeed, skipUnlessMet } from '../../machine-needs.ts';
import { buildNative } from '../native-build.ts';
import { greeting } from '../runner-process.ts';
import { fourBytes } from '../runner-under-test.ts';

const fuzzer: MachineNeed = {
  what: 'clang with libFuzzer and its sanitizers',
  met: () => {
    const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c', '-', '-o', '/dev/null'];
    const input = 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n != 0; }\n';
    return spawnSync('clang', args, { input }).status === 0;
  },
};

const requests: readonly object[] = [
  { ...greeting, id: 1 },
  { type: 'load', id: 2, path: '/model', sha256: '0'.repeat(64), collect_perf: true },
  { type: 'infer', id: 3, model: 1, repeats: 2, inputs: [fourBytes, fourBytes], want_float: false },
  { type: 'bye', id: 4 },
];
const names = [
  'tensorName_uid_4_out_0_0000_NodeID_108_ConvolutionReluPoolingLayer2_w_112_h_112_d_64_batchID_0_out_0.txt',
];

test('parses a hundred thousand inputs without a fault', { timeout: 180_000 }, (context) => {
  skipUnlessMet(context, fuzzer);
  const corpus = mkdtempSync(join(tmpdir(), 'hil-fuzz-'));
  const seed = (kind: number, bytes: Uint8Array): void =>
    writeFileSync(join(corpus, `${kind}-${bytes.length}`), Buffer.concat([Uint8Array.of(kind, 5), bytes]));
  for (const head of requests) {
    seed(0, Buffer.concat(encodeFrame('host', head, [new Uint8Array(8)])));
    seed(1, Buffer.from(JSON.stringify(head)));
  }
  for (const name of names) seed(2, Buffer.from(name));
  const dictionary = fileURLToPath(new URL('frames.dict', import.meta.url));
  const [file] = buildNative('--fuzz');

  // A payload may be announced that is larger than the memory a fuzzer is given.
  const args = ['-runs=100000', '-seed=1', '-max_len=2048', '-malloc_limit_mb=300', '-rss_limit_mb=2048', `-dict=${dictionary}`]; // prettier-ignore
  const { status, stderr } = spawnSync(file!, [...args, `-artifact_prefix=${corpus}/`, corpus], {
    encoding: 'utf8',
  });
  rmSync(corpus, { recursive: true });

  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/Done 10\d{4} runs/) });
});
