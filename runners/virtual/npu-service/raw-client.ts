import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  answerBit,
  headerBytes,
  inputEntryBytes,
  type RequestKind,
  requestKinds,
  wireMagic,
} from './wire.ts';

// A client of the service that says whatever a test wants, written from docs/npu-service.md.

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly watched: number;
  readonly action: number;
  readonly print: string;
  readonly payload: Buffer;
}

export class RawClient implements AsyncDisposable {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('more');
    });
  }

  /** @param address - Value of HIL_NPU. */
  static async open(address: string): Promise<RawClient> {
    const [, host, port] = /^tcp:(.*):(\d+)$/.exec(address) ?? [];
    const socket = host === undefined ? connect(address.slice('unix:'.length)) : connect(Number(port), host);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** @throws {Error} If the connection ends before the answer. */
  async ask(kind: RequestKind, body: Uint8Array): Promise<RawAnswer> {
    this.write(requestFrame(kind, body));
    return this.answer(kind);
  }

  async answer(kind: RequestKind): Promise<RawAnswer> {
    const head = await this.#take(headerBytes);
    const body = await this.#take(head.readUInt32LE(8));
    const found = head.readUInt32LE(4);
    if (found !== (answerBit | requestKinds[kind])) throw new Error(`a frame of kind ${found}`);
    const [actionText, print] = [body.readUInt32LE(20), body.readUInt32LE(24)];
    return {
      status: body.readInt32LE(0),
      watched: body.readUInt32LE(4),
      action: body.readUInt32LE(8),
      print: body.toString('utf8', 32, 32 + print),
      payload: body.subarray((32 + print + actionText + 7) & ~7),
    };
  }

  /** The body of a frame that came unasked. */
  async watch(): Promise<number> {
    const head = await this.#take(headerBytes);
    if (head.readUInt32LE(4) !== 0x200) throw new Error(`a frame of kind ${head.readUInt32LE(4)}`);
    return (await this.#take(head.readUInt32LE(8))).readUInt32LE(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#received.length < count) {
      if (this.#socket.destroyed) throw new Error('the service has closed the connection');
      const more = new Promise((resolve) => this.#socket.once('more', resolve));
      await Promise.race([more, this.closed]);
    }
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }
}

export function requestFrame(kind: RequestKind | number, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerBytes + body.length);
  frame.set(wireMagic, 0);
  frame.writeUInt32LE(typeof kind === 'number' ? kind : requestKinds[kind], 4);
  frame.writeUInt32LE(body.length, 8);
  frame.set(body, headerBytes);
  return frame;
}

/** The body of an init. */
export function initBody(model: Uint8Array, { sdk = '1.7.5', dump = 0 } = {}): Buffer {
  const body = Buffer.alloc(48 + model.length);
  body.write(sdk, 0, 'latin1');
  body.writeUInt32LE(dump, 40);
  body.set(model, 48);
  return body;
}

/** The body of a set or a run with one input of bytes. */
export function inputsBody(bytes: Uint8Array): Buffer {
  const start = 8 + inputEntryBytes;
  const body = Buffer.alloc((start + bytes.length + 7) & ~7);
  body.writeUInt32LE(1, 0);
  body.writeUInt32LE(3, 12);
  body.writeUInt32LE(bytes.length, 24);
  body.writeUInt32LE(bytes.length, 28);
  body.set(bytes, start);
  return body;
}

/** The bytes of the only output of a run. */
export const outputOf = ({ payload }: RawAnswer): number[] => [
  ...payload.subarray(24, 24 + payload.readUInt32LE(16)),
];
