/** The sections of a .rknn file, as views into its bytes. */
export interface Container {
  /** 1: plain; 2: with a section for custom operators. */
  readonly version: 1 | 2;
  readonly payload: Uint8Array;
  /** The JSON description, undecoded. */
  readonly trailer: Uint8Array;
  /** Only in version 2: the list of custom operators (JSON, undecoded) and their kernels. */
  readonly customOperators?: { readonly list: Uint8Array; readonly blob: Uint8Array } | undefined;
}

/** Why bytes are no container; a loader and a person are told of it in different words. */
export type ContainerFault =
  | { readonly kind: 'encrypted' }
  | { readonly kind: 'magic'; readonly found: bigint; readonly expected: bigint }
  | { readonly kind: 'toolkit2'; readonly version: bigint }
  | { readonly kind: 'version'; readonly version: bigint }
  | {
      readonly kind: 'length';
      readonly needed: bigint;
      readonly found: bigint;
      /** What reaches past the end, where that is known. */
      readonly field?: string | undefined;
    };

/** "RKNN" and four zero bytes, read as a little-endian word. */
const plainMagic = 0x4e4e4b52n;
/** "CYPTRKNN". */
const encryptedMagic = 0x4e4e4b5254505943n;
/** From here on the version word belongs to rknn-toolkit2, whose files have another layout (0x1004 has been seen). */
const firstToolkit2Version = 0x1000n;

/**
 * Finds the sections of a .rknn file. Everything is little-endian: magic, version, payload length, payload, JSON
 * length, JSON; version 2 goes on with list length, list, blob length, blob. The lengths must use up the file exactly.
 */
export function splitContainer(bytes: Uint8Array): Container | ContainerFault {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = BigInt(bytes.byteLength);
  if (size < 8n) return { kind: 'length', needed: 24n, found: size, field: 'the header' };
  const magic = view.getBigUint64(0, true);
  if (magic === encryptedMagic) return { kind: 'encrypted' };
  if (magic !== plainMagic) return { kind: 'magic', found: magic, expected: plainMagic };
  if (size < 24n) return { kind: 'length', needed: 24n, found: size, field: 'the header' };
  const version = view.getBigUint64(8, true);
  if (version >= firstToolkit2Version) return { kind: 'toolkit2', version };
  if (version !== 1n && version !== 2n) return { kind: 'version', version };

  const sections: Uint8Array[] = [];
  const names = ['payload', 'JSON description', 'list of custom operators', 'custom operator kernels'];
  let offset = 16n;
  for (const name of names.slice(0, version === 1n ? 2 : 4)) {
    if (offset + 8n > size)
      return { kind: 'length', needed: offset + 8n, found: size, field: `the length of the ${name}` };
    const length = view.getBigUint64(Number(offset), true);
    const end = offset + 8n + length;
    if (end > size)
      return { kind: 'length', needed: end, found: size, field: `a ${name} of ${length} bytes` };
    sections.push(bytes.subarray(Number(offset + 8n), Number(end)));
    offset = end;
  }
  if (offset !== size) return { kind: 'length', needed: offset, found: size };
  const [payload, trailer, list, blob] = sections as [Uint8Array, Uint8Array, Uint8Array?, Uint8Array?];
  return list && blob
    ? { version: 2, payload, trailer, customOperators: { list, blob } }
    : { version: 1, payload, trailer };
}

/** Puts the sections together again; the inverse of {@link splitContainer}. */
export function joinContainer({ payload, trailer, customOperators }: Omit<Container, 'version'>): Uint8Array {
  const sections = [
    payload,
    trailer,
    ...(customOperators ? [customOperators.list, customOperators.blob] : []),
  ];
  const total = sections.reduce((sum, section) => sum + 8 + section.byteLength, 16);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, plainMagic, true);
  view.setBigUint64(8, customOperators ? 2n : 1n, true);
  let offset = 16;
  for (const section of sections) {
    view.setBigUint64(offset, BigInt(section.byteLength), true);
    bytes.set(section, offset + 8);
    offset += 8 + section.byteLength;
  }
  return bytes;
}
