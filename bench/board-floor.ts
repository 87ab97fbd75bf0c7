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
  const command = `mkdir -p ${programs} && cat > ${path} && chmod 755 ${path}`;
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

/**
 * @param model - Path on the board.
 * @returns Does one inference on the board; tells the milliseconds that it took there, by the board's clock.
 */
export async function localClientOnBoard(
  connection: SshConnection,
  folder: string,
  { model, inputBytes }: { readonly model: string; readonly inputBytes: number },
): Promise<() => Promise<number>> {
  await install(connection, folder, 'npu-client.c', 'hil-npu-client');
  const words = [`${programs}/hil-npu-client`, model, String(inputBytes)];
  const channel = await openExecChannel(connection, `exec ${commandLine(words)}`);
  let told: (ms: number) => void = () => undefined;
  let failed: (error: Error) => void = () => undefined;
  let text = '';
  channel.stderr.resume();
  channel.on('data', (chunk: Uint8Array) => {
    text += Buffer.from(chunk).toString('latin1');
    if (!text.endsWith('\n')) return;
    told(Number(text) / 1e6);
    text = '';
  });
  channel.once('close', () => failed(new Error('the local client of the NPU ended')));
  return () =>
    new Promise((resolve, reject) => {
      told = resolve;
      failed = reject;
      channel.write('x');
    });
}
