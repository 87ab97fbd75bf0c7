import { encodeFrame } from '../../protocol/frame.ts';
import type { Program, ProgramCall } from './shell.ts';
import type { EmbeddedFaults } from './embedded-faults.ts';

/** Device runners that do not speak the protocol. */
export const faultySpeakers: Readonly<Record<NonNullable<EmbeddedFaults['speech']>, Program>> = {
  garbage: async (call) => {
    call.stdout.write('Welcome to Buildroot\nLast login: never\n');
    return untilEnd(call);
  },
  'half-frame': async (call) => {
    await firstInput(call);
    const [frame = new Uint8Array(0)] = encodeFrame('runner', { type: 'hello', id: 1, version: 1 });
    call.stdout.write(frame.subarray(0, frame.length - 8));
    return 0;
  },
  'wrong-version': async (call) => {
    await firstInput(call);
    const error = { type: 'error', id: 1, code: 'version', message: 'no common version', usable: false };
    for (const chunk of encodeFrame('runner', { ...error, versions: { min: 7, max: 9 } }))
      call.stdout.write(chunk);
    return 2;
  },
  silence: untilEnd,
};

/** Reads on until the input ends or the process is killed. */
function untilEnd({ stdin, process }: ProgramCall): Promise<number> {
  return new Promise((resolve) => {
    stdin.resume();
    stdin.once('end', () => resolve(0));
    stdin.once('close', () => resolve(0));
    process.signal.addEventListener('abort', () => resolve(0));
  });
}

const firstInput = ({ stdin }: ProgramCall): Promise<void> =>
  new Promise((resolve) => stdin.once('data', () => resolve()));
