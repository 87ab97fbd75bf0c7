import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Board } from '../../harness/board/board.ts';
import type { ConfigDeclaration } from '../../harness/project/config.ts';
import { sshTargets } from '../ssh/inventory/ssh-targets.ts';
import {
  type BoardWithStandIn,
  boardEntry,
  startBoardWithStandIn,
} from '../ssh/real-server/board-with-stand-in.ts';
import type { RealServerOptions } from '../ssh/real-server/real-server.ts';
import { SshRunner } from '../ssh/ssh-runner.ts';
import { FaultProxy } from './fault-proxy.ts';
import { processesFrom, type Rig, type RigOptions, startRig } from './rig.ts';

type SshEntry = Extract<NonNullable<ConfigDeclaration['boards']>[number], { kind: 'ssh' }>;

/** A rig whose board is a real SSH server with the native runner and the stand-in library, behind a proxy. */
export interface StandInRig extends Rig, BoardWithStandIn {
  readonly proxy: FaultProxy;
  /** Beyond what every rig checks: no process on the board, no lock. */
  readonly expectNothingLeft: () => Promise<void>;
}

export interface StandInRigOptions extends Omit<RigOptions, 'boards'> {
  readonly server?: Partial<RealServerOptions>;
  readonly entry?: Partial<SshEntry>;
  /** A second board that fits, which is well. */
  readonly other?: boolean;
}

/** Short limits, since what is waited for never comes. */
const limits: NonNullable<SshEntry['limits']> = {
  minFreeMiB: 0,
  connectTimeout: '2s',
  handshakeTimeout: '2s',
  helloTimeout: '5s',
};

export async function startStandInRig({
  server: serverOptions = {},
  entry: declaration = {},
  other = false,
  ...options
}: StandInRigOptions = {}): Promise<StandInRig> {
  const own = await startBoardWithStandIn({ kind: 'sshd', ...serverOptions }, { limits });
  const proxy = await FaultProxy.start({ host: '127.0.0.1', port: own.server.port });
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const { entry, board } = own;
  const behindProxy = boardEntry({ ...(entry as SshEntry), port: proxy.port, ...declaration });
  const runner = new SshRunner(
    sshTargets([behindProxy], { root: own.server.root, home: join(own.server.root, 'nobody'), env: {} }),
    { keepaliveMs: 500 },
  );
  const second = other ? await startBoardWithStandIn({ kind: 'sshd' }) : undefined;
  const rig = await startRig({
    ...options,
    boards: [
      { board, runner },
      ...(second ? [{ board: named(second.board, 'other'), runner: renamed(second) }] : []),
    ],
  });
  return {
    ...rig,
    ...own,
    runner,
    proxy,
    async expectNothingLeft() {
      await rig.expectNothingLeft();
      const { workFolder } = own.server.address;
      await expect.poll(() => processesFrom(workFolder), { timeout: 10_000 }).toEqual([]);
      await expect.poll(() => existsSync(join(workFolder, 'lock')), { timeout: 10_000 }).toBe(false);
    },
  };
}

const named = (board: Board, name: string): Board => ({ ...board, name });

/** The other board has the name of its entry for itself, and another for the rig. */
const renamed = ({ runner, board }: BoardWithStandIn): RigOptions['boards'][number]['runner'] => ({
  name: runner.name,
  open: (_board, sdk, options) => runner.open(board, sdk, options),
});
