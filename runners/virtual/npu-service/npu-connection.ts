import type { Socket } from 'node:net';
import { encodeWatch } from './answers.ts';
import { Disconnect, NpuClient, type NpuClientEnvironment } from './npu-client.ts';
import { type RawRequest, RequestReader } from './request-reader.ts';
import { WireError } from './wire.ts';

/** One library's connection: reads requests, writes answers, and frees everything when the library is gone. */
export class NpuConnection implements AsyncDisposable {
  readonly client: NpuClient;
  /** Settles when the context is freed as well. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #reader = new RequestReader();
  readonly #log: (line: string) => void;
  #working: Promise<void> = Promise.resolve();

  constructor(
    socket: Socket,
    environment: Omit<NpuClientEnvironment, 'signal'>,
    log: (line: string) => void,
  ) {
    const gone = new AbortController();
    this.#socket = socket.setNoDelay();
    this.#log = log;
    this.client = new NpuClient({ ...environment, signal: gone.signal });
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        gone.abort();
        void this.#working.then(() => this.client[Symbol.asyncDispose]()).then(resolve, resolve);
      });
    });
    // What an error says, 'close' says too.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
  }

  watch(watched: number): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeWatch(watched));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  #read(chunk: Uint8Array): void {
    if (this.#socket.destroyed) return;
    try {
      const request = this.#reader.push(chunk);
      if (request) this.#working = this.#work(request);
    } catch (error) {
      this.#end(error);
    }
  }

  async #work(request: RawRequest): Promise<void> {
    try {
      const chunks = await this.client.answer(request);
      // A context may go on using the bytes of its model.
      this.#reader.next(request.kind !== 'init');
      this.#write(chunks);
    } catch (error) {
      this.#end(error);
    }
  }

  /** In one system call, without joining what is large. */
  #write(chunks: readonly Uint8Array[]): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  #end(error: unknown): void {
    if (error instanceof WireError) this.#log(`a connection was closed: ${error.message}`);
    else if (!(error instanceof Disconnect)) this.#log(`a connection failed: ${String(error)}`);
    this.#socket.destroy();
  }
}
