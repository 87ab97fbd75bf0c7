/** What a Linux program or library says about where it can run. */
export interface ElfFacts {
  /** `aarch64`, `x86_64`, `arm`, `x86`, as uname(2) names machines; else the number of `e_machine`. */
  readonly machine: string;
  readonly bits: 32 | 64;
  /** The loader that starts it, e.g. `/lib/ld-linux-aarch64.so.1`; absent for libraries and static programs. */
  readonly interpreter?: string | undefined;
  /** Libraries that must be there (`DT_NEEDED`), in the file's order. */
  readonly needed: readonly string[];
  /** Versions of those libraries' symbols, e.g. `GLIBC_2.17` of `libc.so.6`. */
  readonly versions: readonly { readonly library: string; readonly version: string }[];
}

const machines: Readonly<Record<number, string>> = { 3: 'x86', 40: 'arm', 62: 'x86_64', 183: 'aarch64' };

// Numbers of elf(5).
const segment = { load: 1, dynamic: 2, interpreter: 3 } as const;
const tag = { needed: 1, stringTable: 5, versionsNeeded: 0x6fff_fffe, versionsNeededCount: 0x6fff_ffff } as const; // prettier-ignore

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/**
 * Reads the header, the segments and the dynamic section of an ELF file, little-endian, 64 or 32 bits.
 *
 * @returns Nothing if the bytes are no ELF file of this kind, or point outside themselves.
 */
export function readElf(bytes: Uint8Array): ElfFacts | undefined {
  const isElf = bytes.length >= 52 && Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\x7fELF';
  const bits = bytes[4] === 2 ? 64 : 32;
  if (!isElf || bytes[5] !== 1 || (bits === 64 && bytes.length < 64)) return undefined;
  try {
    return new ElfReader(bytes, bits).read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Throws a RangeError wherever the file points outside itself. */
class ElfReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #bits: 32 | 64;
  readonly #segments: readonly Segment[];

  constructor(bytes: Uint8Array, bits: 32 | 64) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bits = bits;
    this.#segments = this.#readSegments();
  }

  read(): ElfFacts {
    const number = this.#half(18);
    const interpreter = this.#segments.find(({ type }) => type === segment.interpreter);
    const dynamic = this.#readDynamic();
    const strings = dynamic.find(([name]) => name === tag.stringTable)?.[1];
    const facts = {
      machine: machines[number] ?? String(number),
      bits: this.#bits,
      ...(interpreter ? { interpreter: this.#text(interpreter.offset) } : {}),
    };
    if (strings === undefined) return { ...facts, needed: [], versions: [] };
    const table = this.#fileOffset(strings);
    const needed = dynamic.filter(([name]) => name === tag.needed).map(([, at]) => this.#text(table + at));
    return { ...facts, needed, versions: this.#readVersions(dynamic, table) };
  }

  #readSegments(): Segment[] {
    const wide = this.#bits === 64;
    const start = this.#pointer(wide ? 32 : 28);
    const size = this.#half(wide ? 54 : 42);
    const count = this.#half(wide ? 56 : 44);
    return Array.from({ length: count }, (_, i) => {
      const at = start + i * size;
      return {
        type: this.#word(at),
        offset: this.#pointer(at + (wide ? 8 : 4)),
        address: this.#pointer(at + (wide ? 16 : 8)),
        bytes: this.#pointer(at + (wide ? 32 : 16)),
      };
    });
  }

  /** Pairs of tag and value up to the tag 0. */
  #readDynamic(): [tag: number, value: number][] {
    const entries: [number, number][] = [];
    const dynamic = this.#segments.find(({ type }) => type === segment.dynamic);
    if (dynamic === undefined) return entries;
    const half = this.#bits / 8;
    for (let at = dynamic.offset; at < dynamic.offset + dynamic.bytes; at += 2 * half) {
      const name = this.#pointer(at);
      if (name === 0) break;
      entries.push([name, this.#pointer(at + half)]);
    }
    return entries;
  }

  /** The section `.gnu.version_r`: a list of libraries, each with a list of versions. */
  #readVersions(
    dynamic: readonly (readonly [number, number])[],
    strings: number,
  ): { library: string; version: string }[] {
    const address = dynamic.find(([name]) => name === tag.versionsNeeded)?.[1];
    const versions: { library: string; version: string }[] = [];
    if (address === undefined) return versions;
    for (const file of this.#chain(this.#fileOffset(address), 12)) {
      const library = this.#text(strings + this.#word(file + 4));
      for (const version of this.#chain(file + this.#word(file + 8), 12)) {
        versions.push({ library, version: this.#text(strings + this.#word(version + 8)) });
      }
    }
    return versions;
  }

  /** Entries that each tell, at `link`, how far it is to the next; 0 for the last. */
  *#chain(start: number, link: number): Generator<number> {
    for (let at = start; ;) {
      yield at;
      const step = this.#word(at + link);
      if (step === 0) return;
      at += step;
    }
  }

  #fileOffset(address: number): number {
    const holding = this.#segments.find(
      (one) => one.type === segment.load && address >= one.address && address < one.address + one.bytes,
    );
    if (holding === undefined) throw new RangeError(`no segment holds the address ${address}`);
    return holding.offset + address - holding.address;
  }

  #text(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    if (at >= this.#bytes.length || end < 0) throw new RangeError(`no text at ${at}`);
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + at, end - at).toString('latin1');
  }

  #half(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }

  /** A number as wide as the file's addresses. */
  #pointer(at: number): number {
    if (this.#bits === 32) return this.#word(at);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${value} is beyond any file`);
    return Number(value);
  }
}
