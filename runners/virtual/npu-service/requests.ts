import type { BoardInput } from '../../../harness/board/session.ts';
import { inputFromVendor } from '../../protocol/vendor-tensor.ts';
import type { RawRequest } from './request-reader.ts';
import { type VendorCall, vendorCalls } from './vendor-calls.ts';
import { aligned, inputEntryBytes, maxInputs, sdkNameBytes, WireError } from './wire.ts';

/** What the library asks. */
export type NpuRequest =
  | { readonly kind: 'version'; readonly sdk: string }
  | {
      readonly kind: 'init';
      readonly sdk: string;
      /** As given to `rknn_init`. */
      readonly flags: number;
      /** `RKNN_LOG_LEVEL` of the program. */
      readonly logLevel: number;
      /** `NN_LAYER_DUMP` of the program: whether runs write their layers. */
      readonly dump: boolean;
      readonly model: Uint8Array;
    }
  | { readonly kind: 'set'; readonly inputs: readonly BoardInput[] }
  /** Inputs that are not in the list keep what they hold. */
  | { readonly kind: 'run'; readonly inputs: readonly BoardInput[] }
  /** The library is about to do this by itself. */
  | { readonly kind: 'call'; readonly call: VendorCall }
  | { readonly kind: 'destroy' };

const initHeadBytes = sdkNameBytes + 16;

/**
 * Reads the body of a request; model and tensors share its memory.
 *
 * @throws {WireError} If it is not exactly what its kind says.
 */
export function parseRequest({ kind, body }: RawRequest): NpuRequest {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const word = (offset: number): number => view.getUint32(offset, true);
  switch (kind) {
    case 'version':
      expectBytes(kind, body, sdkNameBytes);
      return { kind, sdk: textOf(body.subarray(0, sdkNameBytes)) };
    case 'init': {
      if (body.length < initHeadBytes) throw new WireError(`an init of ${body.length} bytes`);
      const sdk = textOf(body.subarray(0, sdkNameBytes));
      const [flags, logLevel, dump] = [word(sdkNameBytes), word(sdkNameBytes + 4), word(sdkNameBytes + 8)];
      return { kind, sdk, flags, logLevel, dump: dump !== 0, model: body.subarray(initHeadBytes) };
    }
    case 'set':
    case 'run':
      return { kind, inputs: parseInputs(body, word) };
    case 'call': {
      expectBytes(kind, body, 8);
      const call = vendorCalls[word(0)];
      if (call === undefined) throw new WireError(`no vendor call has the number ${word(0)}`);
      return { kind, call };
    }
    case 'destroy':
      expectBytes(kind, body, 0);
      return { kind };
  }
}

function parseInputs(body: Uint8Array, word: (offset: number) => number): BoardInput[] {
  if (body.length < 8) throw new WireError(`inputs in ${body.length} bytes`);
  const count = word(0);
  if (count > maxInputs) throw new WireError(`${count} inputs in one call`);
  let place = 8 + count * inputEntryBytes;
  if (place > body.length) throw new WireError('a list of inputs ends too early');
  const inputs = Array.from({ length: count }, (_, position) => {
    const entry = 8 + position * inputEntryBytes;
    const length = word(entry + 20);
    const bytes = body.subarray(place, place + length);
    if (bytes.length !== length) throw new WireError(`input ${position} ends too early`);
    place = aligned(place + length);
    return readInput(word, entry, bytes);
  });
  if (place !== aligned(body.length)) throw new WireError('bytes came after the last input');
  return inputs;
}

function readInput(word: (offset: number) => number, entry: number, bytes: Uint8Array): BoardInput {
  const [index, type, fmt, passThrough, size] = [0, 4, 8, 12, 16].map((offset) => word(entry + offset)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (passThrough > 1) throw new WireError(`pass_through is ${passThrough}`);
  const slice = { offset: 0, length: bytes.length };
  try {
    return inputFromVendor({ index, type, fmt, size, pass_through: passThrough === 1, ...slice }, bytes);
  } catch (error) {
    throw new WireError((error as Error).message);
  }
}

function expectBytes(kind: string, body: Uint8Array, expected: number): void {
  if (body.length !== expected) throw new WireError(`${kind} has ${body.length} bytes, not ${expected}`);
}

/** A name in a field of fixed size, filled up with zeros. */
function textOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  if (end < 0) throw new WireError('a name without its end');
  const text = Buffer.from(field.subarray(0, end)).toString('latin1');
  if (!/^[\w.-]*$/.test(text)) throw new WireError('a name with characters that names do not have');
  return text;
}
