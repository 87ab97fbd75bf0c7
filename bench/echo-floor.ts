import type { connect } from '../runners/ssh/connect.ts';
import { openExecChannel } from '../runners/ssh/exec.ts';
import type { Program } from '../runners/virtual/embedded/shell.ts';

// The floor under a case: the same number of bytes each way over one resident exec channel of the same server.

/** Bytes that the frames add to the tensors, rounded. */
export const frameBytes = 300;

/** Answers every so many bytes with so many bytes. */
const echoSizes: Program = ({ args, stdin, stdout }) => {
  const [received, answered] = args.map(Number) as [number, number];
  const answer = new Uint8Array(answered);
  let bytes = 0;
  stdin.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    for (; bytes >= received; bytes -= received) stdout.write(answer);
  });
  return new Promise((resolve) => stdin.once('end', () => resolve(0)));
};

/** Programs that an embedded board needs for {@link openEcho}. */
export const echoPrograms: ReadonlyMap<string, Program> = new Map([['hil-echo', echoSizes]]);

/** @returns Sends a request of `received` bytes and waits for the `answered` bytes that come back. */
export async function openEcho(
  connection: Awaited<ReturnType<typeof connect>>,
  received: number,
  answered: number,
): Promise<(request: Uint8Array) => Promise<void>> {
  const channel = await openExecChannel(connection, `exec hil-echo ${received} ${answered}`);
  let bytes = 0;
  let done: () => void = () => undefined;
  channel.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes < answered) return;
    bytes -= answered;
    done();
  });
  return (request) =>
    new Promise((resolve) => {
      done = resolve;
      channel.write(request);
    });
}
