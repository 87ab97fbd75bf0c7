import { randomUUID } from 'node:crypto';
import type { ServerChannel } from 'ssh2';
import type { SshAddress } from '../../ssh/ssh-address.ts';
import { serveDevice } from '../device-runner.ts';
import type { Npu } from '../npu.ts';
import type { EmbeddedFaults, RunFault } from './embedded-faults.ts';
import { boardUser, EmbeddedSshServer } from './embedded-ssh-server.ts';
import { faultyNpu } from './faulty-npu.ts';
import { faultySpeakers } from './faulty-speech.ts';
import { MemoryFileSystem } from './memory-file-system.ts';
import { generatedFile } from './proc-files.ts';
import { type BoardProcess, ProcessTable } from './process-table.ts';
import { serveSftp } from './sftp-server.ts';
import { type BoardSystem, type Program, type ProgramCall, runCommandLine } from './shell.ts';
import { shellPrograms } from './shell-programs.ts';
import { simulatedDemo, simulatedDemoName } from './simulated-demo.ts';

export interface EmbeddedBoardOptions {
  readonly name: string;
  readonly npu: Npu;
  /** Size of the disk; 512 MiB by default. */
  readonly capacityBytes?: number;
  readonly faults?: EmbeddedFaults;
  /** Further commands, by name. */
  readonly programs?: ReadonlyMap<string, Program>;
}

const workFolder = '/userdata/hil';
const kernelRelease = '4.4.194-virtual';
const memoryBytes = 1024 ** 3;
const defaultCapacityBytes = 512 * 1024 ** 2;

/**
 * A virtual board inside this process: an SSH server with files, commands and processes of its own, and a device runner
 * over a simulated NPU. Nothing of the host can be reached through it.
 */
export class EmbeddedBoard implements AsyncDisposable {
  /** Starts the device runner, as words. */
  readonly command = ['hil-npu-run'] as const;
  readonly files: MemoryFileSystem;
  readonly processes = new ProcessTable();
  readonly #name: string;
  readonly #npu: Npu;
  readonly #capacityBytes: number;
  readonly #server: EmbeddedSshServer;
  readonly #system: BoardSystem;
  #bootId = randomUUID();
  #faults: EmbeddedFaults = {};
  #runFaultsLeft = 0;

  private constructor({ name, npu, capacityBytes, programs }: EmbeddedBoardOptions) {
    this.#name = name;
    this.#npu = npu;
    this.#capacityBytes = capacityBytes ?? defaultCapacityBytes;
    this.files = new MemoryFileSystem({
      capacityBytes: this.#capacityBytes,
      generated: (path) =>
        generatedFile(path, { bootId: this.#bootId, kernelRelease, memoryBytes }, this.processes),
    });
    for (const folder of ['/tmp', workFolder]) this.files.makeFolder(folder);
    const own: readonly (readonly [string, Program])[] = [
      ['hil-npu-run', (call) => this.#runDevice(call)],
      [simulatedDemoName, simulatedDemo(({ process }) => this.#npuFor(process))],
    ];
    this.#system = {
      files: this.files,
      processes: this.processes,
      programs: new Map([...shellPrograms, ...own, ...(programs ?? [])]),
    };
    this.#server = new EmbeddedSshServer({
      faults: () => this.#faults,
      onCommand: (channel, line) => void this.#runCommand(channel, line),
      onSftp: (sftp) => serveSftp(sftp, this.files),
    });
  }

  static async start(options: EmbeddedBoardOptions): Promise<EmbeddedBoard> {
    const board = new EmbeddedBoard(options);
    await board.#server.listen();
    await board.setFaults(options.faults ?? {});
    return board;
  }

  /** How the board is reached: its real host key, and the one key that opens it. */
  get address(): SshAddress {
    return {
      name: this.#name,
      host: '127.0.0.1',
      port: this.#server.port,
      user: boardUser,
      hostKeys: [this.#server.hostKeyFingerprint],
      credentials: [{ kind: 'key', privateKey: this.#server.clientPrivateKey }],
      workFolder,
    };
  }

  get openConnections(): number {
    return this.#server.openConnections;
  }

  /** Replaces all faults; those of the connection hold for the connections that come. */
  async setFaults(faults: EmbeddedFaults): Promise<void> {
    this.#faults = faults;
    this.#runFaultsLeft = faults.run ? (faults.run.times ?? Infinity) : 0;
    this.files.readOnly = faults.readOnly ?? false;
    this.files.capacityBytes = faults.diskFull ? this.files.usedBytes : this.#capacityBytes;
    if (faults.refuseConnections) this.#server.stopListening();
    else await this.#server.listen();
  }

  /** As a power cut: connections, processes and /tmp are gone, the disk stays. */
  reboot(): void {
    this.#server.dropConnections();
    this.#killAll();
    this.files.remove('/tmp');
    this.files.makeFolder('/tmp');
    this.#bootId = randomUUID();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#killAll();
    await this.#server[Symbol.asyncDispose]();
  }

  #killAll(): void {
    for (const { pid } of this.processes.running) this.processes.kill(pid, 'KILL');
  }

  async #runCommand(channel: ServerChannel, line: string): Promise<void> {
    const process = this.processes.start('sh');
    // A client that went away is no news: the command sees the end of its input.
    channel.on('error', () => undefined);
    const streams = { stdin: channel, stdout: channel, stderr: channel.stderr };
    const status = await Promise.race([
      runCommandLine(line, this.#system, process, streams).catch((error: unknown) => {
        streams.stderr.write(`virtual board: ${String(error)}\n`);
        return internalErrorStatus;
      }),
      killed(process),
    ]);
    this.processes.end(process.pid);
    if (channel.writable) {
      if (process.killedBy === undefined) channel.exit(status);
      else channel.exit(process.killedBy, false, '');
      channel.end();
    }
    channel.resume();
  }

  #runDevice(call: ProgramCall): number | Promise<number> {
    if (this.#faults.speech) return faultySpeakers[this.#faults.speech](call);
    const { stdin, stdout, process } = call;
    const { pid, signal } = process;
    return serveDevice({
      stdin,
      stdout,
      pid,
      signal,
      npu: this.#npuFor(process),
      readFile: (path) => this.files.read(path),
      board: { bootId: this.#bootId, kernel: `Linux ${kernelRelease} aarch64`, chip: 'RK1808' },
    });
  }

  /** The NPU as a process of the board meets it. */
  #npuFor({ pid, signal }: BoardProcess): Npu {
    return faultyNpu(
      this.#npu,
      { take: () => this.#takeRunFault() },
      { pid, processes: this.processes, signal },
    );
  }

  #takeRunFault(): RunFault | undefined {
    if (this.#runFaultsLeft === 0) return undefined;
    this.#runFaultsLeft--;
    return this.#faults.run;
  }
}

const internalErrorStatus = 70;

const killed = (process: BoardProcess): Promise<number> =>
  new Promise((resolve) => process.signal.addEventListener('abort', () => resolve(0), { once: true }));
