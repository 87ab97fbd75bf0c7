import { randomUUID } from 'node:crypto';
import type { GenericContainer, StartedTestContainer, WaitStrategy } from 'testcontainers';
import { thisOwner } from './container-owner.ts';
import type { Engine } from './engine.ts';
import { labelsOf, removeLabelled } from './leftover-containers.ts';
import { reaperIsHere } from './reaper.ts';

/** A file or folder of this machine that the board sees. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly mode?: 'ro' | 'rw';
}

export interface BoardContainerOptions {
  readonly board: string;
  readonly image: string;
  /** The port in the container that is published, on the loopback address only. */
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Folders in memory, with their mount options. */
  readonly tmpFs: Readonly<Record<string, string>>;
  readonly readOnlyRoot: boolean;
}

/** Starts a container; whether the board in it is up is for the caller to find out. If it fails nothing stays behind. */
export async function startBoardContainer(
  engine: Engine,
  options: BoardContainerOptions,
): Promise<StartedTestContainer> {
  const startId = randomUUID();
  const container = describeContainer(engine, options)
    .withLabels({ ...labelsOf(thisOwner(), options.board), [startLabel]: startId })
    .withAutoCleanup(await reaperIsHere(engine.client));
  try {
    return await container.start();
  } catch (error) {
    // testcontainers leaves behind one that was made but did not start.
    await removeLabelled(engine.client, `${startLabel}=${startId}`);
    throw error;
  }
}

const startLabel = 'hil.board.start';

function describeContainer({ testcontainers }: Engine, options: BoardContainerOptions): GenericContainer {
  const { image, port, environment, mounts, tmpFs, readOnlyRoot } = options;
  class BoardContainer extends testcontainers.GenericContainer {
    constructor() {
      super(image);
      this.withExposedPorts(port);
      // testcontainers publishes ports to the whole network.
      this.hostConfig.PortBindings = { [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '0' }] };
      this.hostConfig.ReadonlyRootfs = readOnlyRoot;
    }
  }
  return new BoardContainer()
    .withEnvironment({ ...environment })
    .withBindMounts([...mounts])
    .withTmpFs({ ...tmpFs })
    .withWaitStrategy(noWait);
}

/** Whoever waits outside can still read the log of a container whose board did not come up. */
const noWait: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => false,
  getStartupTimeout: () => 0,
};
