import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const libraryFolder = '/usr/lib/rknn';
const vendorLibrary = '/usr/lib/librknn_api.so';
const deviceRunner = '/usr/bin/hil-npu-run';
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

  private constructor(board: ContainerBoard, npu: NpuService, folder: string) {
    this.board = board;
    this.npu = npu;
    this.#folder = folder;
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
      const machine = machineOf(image);
      const libraries = await writeLibraries(folder, sdks, nativeFile(machine, 'librknn_api.so'));
      const board = await ContainerBoard.start({
        ...options,
        mounts: [
          { source: join(folder, 'npu.sock'), target: npuSocket },
          { source: libraries.all, target: libraryFolder, mode: 'ro' },
          { source: libraries.newest, target: vendorLibrary, mode: 'ro' },
          { source: nativeFile(machine, 'hil-npu-run'), target: deviceRunner, mode: 'ro' },
        ],
      });
      return new SimulatedBoard(board, npu, folder);
    } catch (error) {
      await npu?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** How the board is reached and what is started there for an SDK. */
  target(sdk: string): SshTarget {
    return {
      address: this.board.address,
      command: [deviceRunner, '--library', `${libraryFolder}/${sdk}/librknn_api.so`],
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

async function writeLibraries(
  folder: string,
  sdks: readonly string[],
  built: string,
): Promise<{ readonly all: string; readonly newest: string }> {
  const library = await readFile(built);
  const all = join(folder, 'lib');
  let newest = built;
  for (const sdk of sdks) {
    await mkdir(join(all, sdk), { recursive: true });
    newest = join(all, sdk, 'librknn_api.so');
    await writeFile(newest, libraryFor(sdk, library));
  }
  return { all, newest };
}
