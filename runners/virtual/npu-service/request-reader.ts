import { headerBytes, maxBodyBytes, type RequestKind, requestKinds, WireError, wireMagic } from './wire.ts';

/** A frame of the library whose body nobody has checked yet. */
export interface RawRequest {
  readonly kind: RequestKind;
  /** Begins at a multiple of 8, so that tensors in it need not be copied. */
  readonly body: Uint8Array;
}

const nameOf = new Map(
  Object.entries(requestKinds).map(([name, kind]) => [kind as number, name as RequestKind]),
);
const firstRoomBytes = 1024 * 1024;

/**
 * Reads one request after the other out of a byte stream that may be cut anywhere. The library waits for every answer,
 * so what comes before the last request was answered is no request. Memory grows with the bytes that come, not with
 * the length that a header claims.
 */
export class RequestReader {
  readonly #header = new Uint8Array(headerBytes);
  #headerFilled = 0;
  #kind: RequestKind | undefined;
  #bodyBytes = 0;
  #room = new Uint8Array(0);
  #filled = 0;
  #complete = false;

  /** @returns The request that these bytes complete. @throws {WireError} */
  push(chunk: Uint8Array): RawRequest | undefined {
    if (this.#complete) throw new WireError('bytes came before the last request was answered');
    let rest = chunk;
    if (this.#kind === undefined) {
      const missing = headerBytes - this.#headerFilled;
      this.#header.set(rest.subarray(0, missing), this.#headerFilled);
      this.#headerFilled += Math.min(missing, rest.length);
      rest = rest.subarray(missing);
      this.#checkMagic();
      if (this.#headerFilled < headerBytes) return undefined;
      this.#kind = this.#readHeader();
    }
    if (rest.length > this.#bodyBytes - this.#filled) throw new WireError('bytes came after a request');
    this.#keep(rest);
    if (this.#filled < this.#bodyBytes) return undefined;
    this.#complete = true;
    return { kind: this.#kind, body: this.#room.subarray(0, this.#bodyBytes) };
  }

  /**
   * The request was answered; the next may come.
   *
   * @param reuse - Whether its body's memory may be used again.
   */
  next(reuse: boolean): void {
    if (!reuse) this.#room = new Uint8Array(0);
    this.#headerFilled = 0;
    this.#kind = undefined;
    this.#filled = 0;
    this.#complete = false;
  }

  #checkMagic(): void {
    const length = Math.min(this.#headerFilled, wireMagic.length);
    for (let i = 0; i < length; i++) {
      if (this.#header[i] !== wireMagic[i]) throw new WireError('the client speaks something else');
    }
  }

  #readHeader(): RequestKind {
    const view = new DataView(this.#header.buffer);
    const kind = nameOf.get(view.getUint32(4, true));
    this.#bodyBytes = view.getUint32(8, true);
    if (kind === undefined) throw new WireError(`no request has the number ${view.getUint32(4, true)}`);
    if (this.#bodyBytes > maxBodyBytes) throw new WireError(`a request of ${this.#bodyBytes} bytes`);
    if (view.getUint32(12, true) !== 0) throw new WireError('the last word of a header is 0');
    return kind;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length;
    if (needed > this.#room.length) {
      const size = Math.min(this.#bodyBytes, Math.max(firstRoomBytes, 2 * needed));
      // A buffer of its own, never a slice of Node's pool: the body begins at a multiple of 8.
      const room = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
      room.set(this.#room.subarray(0, this.#filled));
      this.#room = room;
    }
    this.#room.set(bytes, this.#filled);
    this.#filled = needed;
  }
}
