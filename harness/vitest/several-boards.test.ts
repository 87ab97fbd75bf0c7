import { describe, expect, onTestFinished, test } from 'vitest';
import { buildNative } from '../../runners/native/native-build.ts';
import { missing } from '../../runners/machine-needs.ts';
import { needsOfStandIn } from '../../runners/ssh/real-server/board-with-stand-in.ts';
import { RealServer } from '../../runners/ssh/real-server/real-server.ts';
import { createSimulatedNpu } from '../../runners/virtual/npu/simulated-npu.ts';
import { personalities } from '../../runners/virtual/npu/personality.ts';
import { startNpuService } from '../../runners/virtual/npu-service/npu-service.ts';
import { hil } from '../cli/e2e/hil-process.ts';
import { tinyProject, tinySpec } from '../cli/e2e/tiny-project.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { readRecords } from '../store/record-journal.ts';
import { findRunFolder } from '../store/run-folder.ts';
import { encodeNpy } from '../tensor/npy.ts';
import { tensor } from '../tensor/tensor.ts';

const reason = missing(...needsOfStandIn('sshd'));
const names = ['left', 'middle', 'right'] as const;

/** Entries of boards over SSH, each a server of its own, whose NPU takes its time. */
async function boards(): Promise<object[]> {
  const library = buildNative().find((path) => path.endsWith('librknn_api.so'))!;
  const npu = await startNpuService({
    npu: createSimulatedNpu({ engine: createOnnxRuntimeEngine(), personality: personalities['1.7.5'] }),
    listen: { tcp: 0 },
    faults: { rknn_run: { kind: 'delay', ms: 300 } },
  });
  onTestFinished(() => npu[Symbol.asyncDispose]());
  return Promise.all(
    names.map(async (name) => {
      const server = await RealServer.start({ kind: 'sshd', env: { HIL_NPU: npu.address } });
      onTestFinished(() => server[Symbol.asyncDispose]());
      const { host, port, user, workFolder, hostKeys } = server.address;
      const way = { name, kind: 'ssh', host, port, user, hostKeys, workFolder, jump: [] };
      const library175 = { '1.7.5': { file: library } };
      return { ...way, credentials: [{ key: server.keyFile }], simulated: true, libraries: library175 };
    }),
  );
}

/** One spec with nine inputs. */
async function projectWith(entries: readonly object[]) {
  const inputs = Array.from({ length: 9 }, (_, i) => `in-${i}.npy`);
  const place = tinyProject(
    { net: tinySpec('net', { inputs, tolerance: { atol: 0.01 } }) },
    {
      'hil.config.yaml': JSON.stringify({ boards: entries }),
      ...Object.fromEntries(
        inputs.map((name, i) => [
          `specs/${name}`,
          encodeNpy(tensor('float32', [1, 2], Float32Array.of(i / 10, 0.5))),
        ]),
      ),
    },
  );
  onTestFinished(() => place[Symbol.dispose]());
  return { place, records: () => readRecords(findRunFolder(place.path('.hil'), 'latest')) };
}

describe.skipIf(reason !== undefined)(
  `several boards over SSH${reason === undefined ? '' : ` (${reason})`}`,
  { timeout: 180_000 },
  () => {
    test('share the cases of one spec, each one at a time', async () => {
      const { place, records } = await projectWith(await boards());

      const { code, stdout, stderr } = await hil(place.root, 'run');

      expect(stdout + stderr).toContain('9 passed, 0 failed');
      expect(code).toBe(0);
      const perBoard = names.map((name) => records().filter(({ target }) => target.board === name).length);
      expect(perBoard.every((cases) => cases >= 2)).toBe(true);
    });

    test('go on without one that is gone, and the run says so', async () => {
      const [left, middle, right] = await boards();
      const { place, records } = await projectWith([
        { ...left, hostKeys: [`SHA256:${'A'.repeat(43)}`] },
        middle!,
        right!,
      ]);

      const { code, stdout, stderr } = await hil(place.root, 'run');

      const verdicts = records().map(({ verdict, target }) => `${verdict} on ${target.board}`);
      expect(verdicts.filter((line) => line === 'broken on left')).toHaveLength(1);
      expect(verdicts.filter((line) => line.startsWith('passed on'))).toHaveLength(8);
      expect(stderr).toContain('SET ASIDE  board left');
      expect(stdout).toContain('SET ASIDE  board left');
      expect(code).toBe(3);
    });
  },
);
