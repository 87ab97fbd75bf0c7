import { afterAll } from 'vitest';
import type { Board } from '../harness/board/board.ts';
import { loadCanary } from '../harness/board/stored-canary.ts';
import { configSchema, type SshBoardConfig } from '../harness/project/config.ts';
import { loadProject } from '../harness/project/project.ts';
import { sha256Hex } from '../harness/tensor/content-hash.ts';
import { BoardTraces } from './board-traces.ts';
import { describeRunner, type RunnerOnTrial } from './runner-contract.ts';
import { addressOf } from './ssh/inventory/address-of.ts';
import { configContext } from './ssh/inventory/config-context.ts';
import { sshTargets } from './ssh/inventory/ssh-targets.ts';
import { SshRunner } from './ssh/ssh-runner.ts';

// HIL_BOARD is the name of a board over SSH in hil.config.yaml, or user@host[:port] with its key in the agent, its host
// key in HIL_BOARD_HOST_KEY and its SDK version in HIL_BOARD_SDK; HIL_BOARD_SIMULATED is 1 where its vendor library is the
// stand-in. The model that it runs is the canary of its entry, or HIL_BOARD_MODEL (.rknn) with one input, HIL_BOARD_INPUT
// (.npy).
const {
  HIL_BOARD: wanted,
  HIL_BOARD_HOST_KEY: hostKey,
  HIL_BOARD_SDK: sdk,
  HIL_BOARD_SIMULATED: simulated,
  HIL_BOARD_MODEL: model,
  HIL_BOARD_INPUT: input,
} = process.env;
const { root, config } = loadProject(process.cwd());
const context = configContext(root);

function entryOf(name: string): SshBoardConfig {
  const [, user, host, port = '22'] = /^([^@\s]+)@([^@\s:]+)(?::(\d+))?$/.exec(name) ?? [];
  const boards =
    host === undefined
      ? config.boards.filter((board) => board.name === name)
      : configSchema.parse({
          boards: [
            {
              name: host,
              kind: 'ssh',
              host,
              port: Number(port),
              user,
              simulated: simulated === '1',
              ...(hostKey === undefined ? {} : { hostKeys: [hostKey] }),
              sdks: [sdk],
            },
          ],
        }).boards;
  const [entry] = boards;
  if (entry?.kind !== 'ssh') {
    throw new Error(`HIL_BOARD is ${name}: no board over SSH in hil.config.yaml, and not user@host[:port]`);
  }
  // What the trials leave in its cache is theirs alone, and goes with them.
  return { ...entry, workFolder: `${entry.workFolder}/contract` };
}

async function putOnTrial(name: string): Promise<RunnerOnTrial> {
  const entry = entryOf(name);
  const files = model !== undefined && input !== undefined ? { model, input, expected: [] } : entry.canary;
  if (files === undefined) {
    throw new Error(`HIL_BOARD is ${name}: give it a canary, or set HIL_BOARD_MODEL and HIL_BOARD_INPUT`);
  }
  const canary = await loadCanary(files, root);
  const board: Board = {
    name: entry.name,
    runner: 'ssh',
    chip: entry.chip,
    tags: [],
    sdks: entry.sdks ?? Object.keys(entry.libraries ?? {}),
    simulated: entry.simulated,
  };
  const traces = new BoardTraces(addressOf(entry, context));
  await traces.clear();
  const noModel = Buffer.from('this is no model');
  const { inputs } = canary.request;
  return {
    runner: new SshRunner(sshTargets([entry], context)),
    board,
    sdk: board.sdks.at(-1)!,
    model: canary.model,
    inputs,
    otherInputs: inputs.map((given) => ({ ...given, bytes: given.bytes.map((byte) => byte ^ 0x55) })),
    noModel: { path: 'no-model.rknn', sha256: sha256Hex(noModel), bytes: noModel },
    deviceRunners: () => traces.deviceRunners(),
    strayFiles: () => traces.strayFiles(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

describeRunner(`ssh, on the board of HIL_BOARD (${wanted ?? 'none'})`, () => putOnTrial(wanted!), {
  skip: wanted === undefined ? 'HIL_BOARD names no board' : undefined,
  timeoutMs: 120_000,
});

if (wanted !== undefined) {
  afterAll(() => new BoardTraces(addressOf(entryOf(wanted), context)).remove());
}
