// The numbers of the protocol between the stand-in library and the service; docs/npu-service.md is the specification.

/** First bytes of every frame: "HNP" and the version of the protocol. */
export const wireMagic = Uint8Array.from([0x48, 0x4e, 0x50, 0x31]);
export const headerBytes = 16;
/** Largest body of a frame, in either direction. */
export const maxBodyBytes = 256 * 1024 * 1024;
/** Largest text that one answer may print. */
export const maxTextBytes = 1024 * 1024;

export const requestKinds = { version: 1, init: 2, set: 3, run: 4, call: 5, destroy: 6 } as const;
export type RequestKind = keyof typeof requestKinds;

/** An answer has its request's number plus this. */
export const answerBit = 0x100;
/** Comes unasked: calls that the library has to announce from now on. */
export const watchKind = 0x200;

export const sdkNameBytes = 32;
export const versionTextBytes = 256;
export const attributeBytes = 360;
export const maxDims = 16;
export const inputEntryBytes = 24;
/** The most inputs that one request may set. */
export const maxInputs = 128;

/** What the library does inside the vendor call before it returns. */
export const actionKinds = { none: 0, raise: 1, print: 2, allocate: 3 } as const;

/** Tensors and files lie at multiples of this. */
export const aligned = (bytes: number): number => (bytes + 7) & ~7;

/** Bytes that are no request. The connection ends with it. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}
