import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { encodeFrame, type Frame, ourLimits } from '../protocol/frame.ts';
import { FrameDecoder } from '../protocol/frame-decoder.ts';
import { type Message, parseReply, type Reply, type Request } from '../protocol/messages.ts';

export interface RunnerProcessOptions {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A request without its id, which is given to it when it is sent. */
export type RequestBody<T = Request> = T extends { id: number } ? Omit<T, 'id'> : never;
/** One kind of request without its id. */
export type BodyOf<Type extends Request['type']> = Extract<RequestBody, { type: Type }>;

/** A native runner that a test talks to: every answer is checked against the protocol's schema. Disposing kills it. */
export class RunnerProcess implements AsyncDisposable {
  readonly exited: Promise<ProcessEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #decoder = new FrameDecoder('runner', ourLimits);
  readonly #arrived: Message<Reply>[] = [];
  readonly #waiting: ((message: Message<Reply> | Error) => void)[] = [];
  #stderr = '';
  #lastId = 0;
  #failure: Error | undefined;

  constructor({ file, args = [], env = {} }: RunnerProcessOptions) {
    this.#child = spawn(file, args, { env: { ...process.env, ...env } });
    this.#child.stdout.on('data', (chunk: Uint8Array) => this.#read(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    // A runner that ends while it is written to closes its input: how it ended says more.
    this.#child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#fail(new Error(`the runner ended (${code ?? signal}); it printed: ${this.#stderr}`));
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** @returns The id that the request got. */
  send(request: RequestBody, payload: readonly Uint8Array[] = []): number {
    const id = ++this.#lastId;
    for (const chunk of encodeFrame('host', { ...request, id }, payload)) this.raw(chunk);
    return id;
  }

  raw(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  end(): void {
    this.#child.stdin.end();
  }

  /** Gives up both ends, as a host does that is gone. */
  hangUp(): void {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @throws {Error} If the runner ends, or says what is no message, before it says something. */
  next(): Promise<Message<Reply>> {
    const message = this.#arrived.shift();
    if (message) return Promise.resolve(message);
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) =>
      this.#waiting.push((next) => (next instanceof Error ? reject(next) : resolve(next))),
    );
  }

  /** Sends a request and waits for what comes next. */
  ask(request: RequestBody, payload: readonly Uint8Array[] = []): Promise<Message<Reply>> {
    this.send(request, payload);
    return this.next();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #read(chunk: Uint8Array): void {
    try {
      for (const frame of this.#decoder.push(chunk)) this.#take(frame);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #take(frame: Frame): void {
    const message = parseReply({ head: frame.head, payload: Uint8Array.from(frame.payload) });
    const waiting = this.#waiting.shift();
    if (waiting) waiting(message);
    else this.#arrived.push(message);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting(error);
  }
}

/** What a host says first. */
export const greeting: BodyOf<'hello'> = {
  type: 'hello',
  versions: { min: 1, max: 1 },
  silenceSeconds: 30,
  limits: ourLimits,
};
