import { readdirSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { missing } from '../../machine-needs.ts';
import { describeRunner } from '../../runner-contract.ts';
import { fakeModel } from '../../virtual/embedded/fake-npu.ts';
import { needsOfStandIn, startBoardWithStandIn } from './board-with-stand-in.ts';
import { inputOf, modelOf } from '../../trial-model.ts';

const tenMegabytes = 10_000_000;

/** Device runners that were started from a folder. */
const runnersFrom = (folder: string) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => commandOf(pid).startsWith(folder)).length;

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

describe.each(['sshd', 'dropbear'] as const)('%s', (kind) => {
  describeRunner(
    `ssh, the native program behind ${kind}`,
    async () => {
      const { server, npu, board, runner } = await startBoardWithStandIn({ kind, applets: ['sh'] }, {}, true);
      return {
        runner,
        board,
        sdk: '1.7.5',
        model: modelOf(fakeModel(1000, 20)),
        inputs: [inputOf(new Uint8Array(1000).fill(7))],
        otherInputs: [inputOf(new Uint8Array(1000).fill(8))],
        noModel: modelOf(Buffer.from('this is no model')),
        large: {
          model: modelOf(fakeModel(tenMegabytes, tenMegabytes)),
          inputs: [inputOf(new Uint8Array(tenMegabytes))],
        },
        slowDown: async () => {
          npu.faults = { rknn_run: { kind: 'delay', ms: 60_000 } };
        },
        crashNextRun: async () => {
          npu.faults = { rknn_run: { kind: 'die', signal: 'SEGV', times: 1 } };
        },
        deviceRunners: async () => runnersFrom(server.address.workFolder),
        strayFiles: async () =>
          server
            .inside(`find ${server.address.workFolder} -type f`)
            .trim()
            .split('\n')
            .filter((path) => !/^$|\/(fence|facts)$|\/cache\/[0-9a-f]{64}(\.ok)?$/.test(path)),
        [Symbol.asyncDispose]: async () => {
          await server[Symbol.asyncDispose]();
          await npu[Symbol.asyncDispose]();
        },
      };
    },
    { skip: missing(...needsOfStandIn(kind)), timeoutMs: 120_000 },
  );
});
