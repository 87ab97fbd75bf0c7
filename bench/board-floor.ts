import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageFolder } from '../harness/harness-version.ts';
import { execOrFail } from '../runners/ssh/board-shell.ts';
import { openExecChannel } from '../runners/ssh/exec.ts';
import { commandLine, quote } from '../runners/ssh/quote.ts';
import type { SshConnection } from '../runners/ssh/ssh-connection.ts';
import { machineOf, nativeFile } from '../runners/virtual/container/native-file.ts';
import { frameBytes, openEcho } from './echo-floor.ts';

// The floor under a case on a board in a container, in two parts that are measured each for itself: the bytes over a
// resident channel, and the stand-in library with the service behind it, called by a program on the board itself.

const programs = '/usr/local/bin';
const execute = promisify(execFile);

/** Compiles a program of this folder and puts it on the board. */
async function install(connection: SshConnection, folder: string, source: string, name: string) {
  const library = await nativeFile(machineOf('debian'), 'librknn_api.so');
  const headers = join(packageFolder, 'runners', 'native', 'abi');
  const file = join(folder, name);
  const words = ['-O2', '-I', headers, '-o', file, join(packageFolder, 'bench', source)];
  await execute('cc', [...words, '-Wl,--as-needed', library]);
  const bytes = await readFile(file);
  const path = quote(`${programs}/${name}`);
  const command = `mkdir -p ${programs} && rm -f ${path} && cat > ${path} && chmod 755 ${path}`;
  await execOrFail(connection, command, { folder: programs, bytes: bytes.length }, { stdin: bytes });
}

/** @returns Sends a request of so many bytes with its frame's, and waits for an answer of so many with its frame's. */
export async function echoOnBoard(
  connection: SshConnection,
  folder: string,
  { inputBytes, outputBytes }: { readonly inputBytes: number; readonly outputBytes: number },
): Promise<() => Promise<void>> {
  await install(connection, folder, 'echo.c', 'hil-echo');
  const request = new Uint8Array(inputBytes + frameBytes);
  const exchange = await openEcho(connection, request.length, outputBytes + frameBytes);
  return () => exchange(request);
}

/** The shortest answer of the client: a number. */
const shortestAnswer = 32;

export interface NpuClientSizes {
  /** Path on the board. */
  readonly model: string;
  readonly inputBytes: number;
  /** If given, a request's bytes come over the channel with their frame's, and an answer's go back. */
  readonly outputBytes?: number;
}

/** @returns Has a program on the board do one inference; tells the milliseconds that it took there, by its clock. */
export async function npuClientOnBoard(
  connection: SshConnection,
  folder: string,
  { model, inputBytes, outputBytes }: NpuClientSizes,
): Promise<() => Promise<number>> {
  await install(connection, folder, 'npu-client.c', 'hil-npu-client');
  const [received, answered] =
    outputBytes === undefined ? [1, shortestAnswer] : [inputBytes + frameBytes, outputBytes + frameBytes];
  const words = [`${programs}/hil-npu-client`, model, ...[inputBytes, received, answered].map(String)];
  const channel = await openExecChannel(connection, `exec ${commandLine(words)}`);
  const request = new Uint8Array(received).fill(3);
  let told: (ms: number) => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  let number = NaN;
  let bytes = 0;
  channel.stderr.resume();
  channel.on('data', (chunk: Uint8Array) => {
    if (bytes === 0) number = parseInt(Buffer.from(chunk.subarray(0, shortestAnswer)).toString('latin1'), 10);
    bytes += chunk.length;
    if (bytes < answered) return;
    bytes = 0;
    told(number / 1e6);
  });
  channel.once('close', () => failed(new Error('the client of the NPU ended')));
  return () =>
    new Promise((resolve, reject) => {
      told = resolve;
      failed = reject;
      channel.write(request);
    });
}
