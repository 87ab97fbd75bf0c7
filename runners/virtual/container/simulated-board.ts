import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InternalError } from '../../../harness/hil-error.ts';
import { configSchema, type SshBoardConfig } from '../../../harness/project/config.ts';
import { deploy } from '../../ssh/deploy/deploy.ts';
import type { ConfigContext } from '../../ssh/inventory/config-context.ts';
import type { SshTarget } from '../../ssh/ssh-runner.ts';
import type { Npu } from '../npu.ts';
import type { NpuProfile } from '../npu-service/npu-client.ts';
import { type NpuService, startNpuService } from '../npu-service/npu-service.ts';
import { ContainerBoard, type ContainerBoardOptions } from './container-board.ts';
import { machineOf, nativeFile } from './native-file.ts';
import { libraryFor } from './stand-in-library.ts';

export interface SimulatedBoardOptions extends Omit<ContainerBoardOptions, 'mounts'> {
  /** SDK versions whose library the board has, newest last: that one lies where the vendor puts it. */
  readonly sdks: readonly string[];
  /** The simulated NPU with the personality of an SDK version. */
  readonly npuFor: (sdk: string) => Npu | undefined;
}

/** The newest of the libraries lies where the vendor puts it, for programs that are linked to it. */
const vendorLibrary = '/usr/lib/librknn_api.so';
/** Where the stand-in library looks when nothing else is said, so that any program on the board finds the NPU. */
const npuSocket = '/run/hil-npu.sock';

/**
 * A board in a container with an NPU that is simulated in this process: the real device runner, and a stand-in for the
 * vendor's library that forwards to it.
 */
export class SimulatedBoard implements AsyncDisposable {
  readonly board: ContainerBoard;
  readonly npu: NpuService;
  readonly #folder: string;
  readonly #deployment: SshBoardConfig;

  private constructor(board: ContainerBoard, npu: NpuService, folder: string, deployment: SshBoardConfig) {
    this.board = board;
    this.npu = npu;
    this.#folder = folder;
    this.#deployment = deployment;
  }

  /** @throws {HilError} Owner `lab`. */
  static async start(options: SimulatedBoardOptions): Promise<SimulatedBoard> {
    const { sdks, npuFor, image } = options;
    const folder = await mkdtemp(join(tmpdir(), 'hil-board-'));
    let npu: NpuService | undefined;
    try {
      npu = await startNpuService({
        npu: onePerSdk(npuFor),
        listen: { unix: join(folder, 'npu.sock') },
      });
      const built = await nativeFile(machineOf(image), 'librknn_api.so');
      const libraries = await writeLibraries(folder, sdks, built);
      const board = await ContainerBoard.start({
        ...options,
        mounts: [
          { source: join(folder, 'npu.sock'), target: npuSocket },
          { source: libraries.get(sdks.at(-1) ?? '') ?? built, target: vendorLibrary, mode: 'ro' },
        ],
      });
      return new SimulatedBoard(board, npu, folder, deploymentOf(board, libraries));
    } catch (error) {
      await npu?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** How the board is reached, and how the device runner and the library of an SDK are put on it, as on any board. */
  target(sdk: string): SshTarget {
    const { address } = this.board;
    return {
      address,
      command: (reached, options) => deploy(reached, this.#deployment, sdk, nothingOfHere, options),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.board[Symbol.asyncDispose]();
    await this.npu[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function onePerSdk(npuFor: SimulatedBoardOptions['npuFor']): (profile: NpuProfile) => Npu | undefined {
  const made = new Map<string, Npu | undefined>();
  return ({ sdk }) => {
    if (!made.has(sdk)) made.set(sdk, npuFor(sdk));
    return made.get(sdk);
  };
}

/** @returns The file of each SDK. */
async function writeLibraries(
  folder: string,
  sdks: readonly string[],
  built: string,
): Promise<ReadonlyMap<string, string>> {
  const library = await readFile(built);
  const files = new Map<string, string>();
  for (const sdk of sdks) {
    const file = join(folder, 'lib', sdk, 'librknn_api.so');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, libraryFor(sdk, library));
    files.set(sdk, file);
  }
  return files;
}

/** The entry that somebody would write into hil.config.yaml for this board. */
function deploymentOf(
  { address: { name, host, port } }: ContainerBoard,
  libraries: ReadonlyMap<string, string>,
): SshBoardConfig {
  const files = [...libraries].map(([sdk, file]) => [sdk, { file }] as const);
  const entry = {
    name,
    kind: 'ssh',
    host,
    port,
    simulated: true,
    libraries: Object.fromEntries(files),
  } as const;
  const [board] = configSchema.parse({ boards: [entry] }).boards;
  if (board?.kind !== 'ssh') throw new InternalError('the entry of a board in a container is not for SSH');
  return board;
}

/** All paths of the entry are absolute, and it names no secrets. */
const nothingOfHere: ConfigContext = { root: '/', home: '/', env: {} };
