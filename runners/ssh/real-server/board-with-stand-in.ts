import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Board } from '../../../harness/board/board.ts';
import { configSchema, type SshBoardConfig } from '../../../harness/project/config.ts';
import type { ConfigDeclaration } from '../../../harness/project/config.ts';
import { buildNative, hostCompiler, prebuiltRunner } from '../../native/native-build.ts';
import { FakeNpu } from '../../virtual/embedded/fake-npu.ts';
import { type NpuService, startNpuService } from '../../virtual/npu-service/npu-service.ts';
import type { MachineNeed } from '../../machine-needs.ts';
import { sshTargets } from '../inventory/ssh-targets.ts';
import { SshRunner } from '../ssh-runner.ts';
import { needsOf, RealServer, type RealServerOptions, type ServerKind } from './real-server.ts';

type SshBoardDeclaration = Extract<NonNullable<ConfigDeclaration['boards']>[number], { kind: 'ssh' }>;

/** A board as far as it can be had without silicon: a real SSH server, our native program, a stand-in vendor library. */
export interface BoardWithStandIn {
  readonly server: RealServer;
  readonly npu: NpuService;
  readonly entry: SshBoardConfig;
  readonly board: Board;
  readonly runner: SshRunner;
}

export const needsOfStandIn = (kind: ServerKind): MachineNeed[] => [...needsOf(kind), hostCompiler];

/** Free with the test, unless `keep` says so: then the caller disposes server and npu. */
export async function startBoardWithStandIn(
  options: RealServerOptions,
  declaration: Partial<SshBoardDeclaration> = {},
  keep = false,
): Promise<BoardWithStandIn> {
  const library = buildNative().find((path) => path.endsWith('librknn_api.so'))!;
  const npu = await startNpuService({ npu: new FakeNpu(), listen: { tcp: 0 } });
  const server = await RealServer.start({ ...options, env: { ...options.env, HIL_NPU: npu.address } });
  if (!keep) {
    onTestFinished(() => npu[Symbol.asyncDispose]());
    onTestFinished(() => server[Symbol.asyncDispose]());
  }
  const { host, port, user, workFolder, hostKeys } = server.address;
  const entry = boardEntry({
    name: 'board',
    kind: 'ssh',
    host,
    port,
    user,
    hostKeys: [...hostKeys],
    credentials: [{ key: server.keyFile }],
    workFolder,
    simulated: true,
    jump: [],
    runner: { file: prebuiltRunner(process.arch === 'arm64' ? 'aarch64' : 'x86_64') },
    libraries: { '1.7.5': { file: library } },
    limits: { minFreeMiB: 0 },
    ...declaration,
  });
  const board: Board = {
    name: entry.name,
    runner: 'ssh',
    chip: entry.chip,
    tags: [],
    sdks: Object.keys(entry.libraries ?? {}),
    simulated: true,
  };
  const runner = new SshRunner(
    sshTargets([entry], { root: server.root, home: join(server.root, 'nobody'), env: {} }),
  );
  return { server, npu, entry, board, runner };
}

/** An entry as the config's schema completes it. */
export function boardEntry(declaration: SshBoardDeclaration): SshBoardConfig {
  const [entry] = configSchema.parse({ boards: [declaration] }).boards;
  if (entry?.kind !== 'ssh') throw new Error('the entry is for a board over SSH');
  return entry;
}
