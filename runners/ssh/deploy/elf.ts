/** What an ELF file says about the machine it is for. */
export interface ElfFacts {
  /** In the words of `uname -m`, e.g. `aarch64`; `machine 243` for one that has no name here. */
  readonly machine: string;
  readonly bits: 32 | 64;
  /** The loader that the program asks for, e.g. `/lib/ld-linux-aarch64.so.1`; libraries ask for none. */
  readonly interpreter: string | undefined;
}

const machines: Readonly<Record<number, string>> = { 3: 'i386', 40: 'arm', 62: 'x86_64', 183: 'aarch64' };
const programHeaderInterpreter = 3;

/** @returns undefined if the bytes are no ELF file for a little-endian machine, or a damaged one. */
export function readElf(bytes: Uint8Array): ElfFacts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0, false) !== 0x7f454c46 || bytes[5] !== 1) return undefined;
  const bits = bytes[4] === 2 ? 64 : 32;
  const machine = view.getUint16(18, true);
  try {
    return {
      machine: machines[machine] ?? `machine ${machine}`,
      bits,
      interpreter: interpreterOf(bytes, view, bits),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function interpreterOf(bytes: Uint8Array, view: DataView, bits: 32 | 64): string | undefined {
  const wide = bits === 64;
  const word = (offset: number) =>
    wide ? Number(view.getBigUint64(offset, true)) : view.getUint32(offset, true);
  const table = word(wide ? 32 : 28);
  const entrySize = view.getUint16(wide ? 54 : 42, true);
  const entries = view.getUint16(wide ? 56 : 44, true);
  for (let i = 0; i < entries; i++) {
    const entry = table + i * entrySize;
    if (view.getUint32(entry, true) !== programHeaderInterpreter) continue;
    const offset = word(entry + (wide ? 8 : 4));
    const size = word(entry + (wide ? 32 : 16));
    return Buffer.from(bytes.subarray(offset, offset + size))
      .toString('latin1')
      .replace(/\0.*$/s, '');
  }
  return undefined;
}

/** Whether a machine (`uname -m`) runs files of another kind: 64-bit ARM kernels may carry a 32-bit user space. */
export function runsOn({ machine }: ElfFacts, uname: string): boolean {
  if (machine === uname) return true;
  if (machine === 'arm') return uname.startsWith('arm') || uname === 'aarch64';
  return machine === 'i386' && /^(i[3-6]86|x86_64)$/.test(uname);
}
