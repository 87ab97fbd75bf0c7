import { isUtf8 } from 'node:buffer';
import {
  type Frame,
  frameChecksum,
  frameHeaderBytes,
  type FrameLimits,
  frameMagic,
  type FrameSender,
} from './frame.ts';
import {
  FrameCorruptError,
  FrameCutError,
  FrameGarbageError,
  FrameTooLargeError,
  MessageError,
} from './protocol-error.ts';

interface Header {
  /** The eight bytes that the checksum starts with. */
  readonly lengths: Uint8Array;
  readonly headBytes: number;
  readonly payloadBytes: number;
  readonly checksum: number;
}

const joinBelowBytes = 4096;

/**
 * Reads frames out of a byte stream that may be cut anywhere. Holds at most one frame within the limits plus the last
 * chunk; allocates nothing on the word of a header alone. After an error it stays broken: there is no way to find the
 * next frame with certainty.
 */
export class FrameDecoder {
  readonly #sender: FrameSender;
  readonly #limits: FrameLimits;
  /** Memory of a payload that its reader has given back. */
  #spare: Uint8Array | undefined;
  readonly #owned = new WeakSet<ArrayBufferLike>();
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #header: Header | undefined;
  #failure: Error | undefined;

  /** @param sender - Who writes the frames that are read. */
  constructor(sender: FrameSender, limits: FrameLimits) {
    this.#sender = sender;
    this.#limits = limits;
  }

  /**
   * Takes the next bytes and hands over every frame that they complete, each as soon as it is read.
   *
   * @throws {HilError} Garbage, a damaged or oversized frame, a head that is no JSON object; and again at every later call.
   */
  *push(chunk: Uint8Array): Generator<Frame, void, void> {
    if (this.#failure) throw this.#failure;
    if (chunk.length > 0) this.#keep(chunk);
    for (;;) {
      const frame = this.#next();
      if (frame === undefined) return;
      yield frame;
    }
  }

  /**
   * Gives a payload's memory back, to be used for the next one: fresh memory costs more than the copy into it. The
   * caller promises that nobody looks at it any more.
   */
  recycle(payload: Uint8Array): void {
    if (this.#owned.has(payload.buffer)) this.#spare = new Uint8Array(payload.buffer);
  }

  /** Whether the bytes so far end between two frames. */
  get atBoundary(): boolean {
    return this.#bytes === 0 && this.#header === undefined;
  }

  /** What is wrong if the stream ends here; nothing between frames. */
  endProblem(): FrameCutError | undefined {
    if (this.atBoundary || this.#failure) return undefined;
    return new FrameCutError(this.#bytes + (this.#header ? frameHeaderBytes : 0));
  }

  /** Small chunks are joined, so that a stream that drips byte by byte costs no more memory than its bytes. */
  #keep(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length + chunk.length <= joinBelowBytes) {
      this.#chunks[this.#chunks.length - 1] = Buffer.concat([last, chunk]);
    } else {
      this.#chunks.push(chunk);
    }
  }

  #next(): Frame | undefined {
    try {
      this.#header ??= this.#readHeader();
      return this.#header && this.#readBody(this.#header);
    } catch (failure) {
      this.#failure = failure as Error;
      this.#chunks = [];
      throw failure;
    }
  }

  #readHeader(): Header | undefined {
    if (this.#bytes === 0) return undefined;
    this.#checkMagic();
    if (this.#bytes < frameHeaderBytes) return undefined;

    const bytes = this.#take(frameHeaderBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = {
      lengths: bytes.subarray(4, 12),
      headBytes: view.getUint32(4, true),
      payloadBytes: view.getUint32(8, true),
      checksum: view.getUint32(12, true),
    };
    if (header.headBytes > this.#limits.headBytes) {
      throw new FrameTooLargeError('head', header.headBytes, this.#limits.headBytes);
    }
    if (header.payloadBytes > this.#limits.payloadBytes) {
      throw new FrameTooLargeError('payload', header.payloadBytes, this.#limits.payloadBytes);
    }
    return header;
  }

  /** Judges by whatever is there, so that a shell's short complaint does not look like silence. */
  #checkMagic(): void {
    let position = 0;
    for (const chunk of this.#chunks) {
      for (const byte of chunk) {
        if (byte !== frameMagic[position]) throw new FrameGarbageError(Buffer.concat(this.#chunks));
        if (++position === frameMagic.length) return;
      }
    }
  }

  #readBody({ lengths, headBytes, payloadBytes, checksum }: Header): Frame | undefined {
    if (this.#bytes < headBytes + payloadBytes) return undefined;
    const head = this.#take(headBytes);
    const payload = this.#take(payloadBytes);
    this.#header = undefined;

    const found = frameChecksum(this.#sender, lengths, head, [payload]);
    if (found !== checksum) throw new FrameCorruptError(found, checksum);
    return { head: parseHead(head), payload };
  }

  /** The next `count` bytes, which must be there; shared with the chunk if they lie in one. */
  #take(count: number): Uint8Array {
    this.#bytes -= count;
    const first = this.#chunks[0];
    if (first === undefined || count === 0) return new Uint8Array(0);
    if (first.length >= count) {
      if (first.length === count) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    return this.#gather(count);
  }

  #memory(count: number): Uint8Array {
    const spare = this.#spare;
    if (spare && spare.length >= count && spare.length <= 2 * count) {
      this.#spare = undefined;
      return spare.subarray(0, count);
    }
    const fresh = new Uint8Array(Buffer.allocUnsafeSlow(count).buffer);
    this.#owned.add(fresh.buffer);
    return fresh;
  }

  #gather(count: number): Uint8Array {
    const bytes = this.#memory(count);
    let filled = 0;
    let used = 0;
    while (filled < count) {
      const chunk = this.#chunks[used]!;
      const wanted = Math.min(chunk.length, count - filled);
      bytes.set(wanted === chunk.length ? chunk : chunk.subarray(0, wanted), filled);
      filled += wanted;
      if (wanted < chunk.length) this.#chunks[used] = chunk.subarray(wanted);
      else used++;
    }
    this.#chunks.splice(0, used);
    return bytes;
  }
}

function parseHead(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (!isUtf8(bytes)) throw new MessageError('the head of a frame is not UTF-8');
  let head: unknown;
  try {
    head = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new MessageError('the head of a frame is no JSON', cause);
  }
  if (typeof head !== 'object' || head === null || Array.isArray(head)) {
    throw new MessageError('the head of a frame is no JSON object');
  }
  return head as Record<string, unknown>;
}
