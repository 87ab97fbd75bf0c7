import type { Duplex } from 'node:stream';
import type { HilError } from '../../harness/hil-error.ts';
import { encodeFrame, ourLimits } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { type Message, parseReply, type Reply, type Request } from './messages.ts';
import { type FrameCutError, RunnerGoneError } from './protocol-error.ts';

/** The way to a device runner, whatever carries it. */
export interface RunnerLink {
  /** Frames in both directions. */
  readonly stream: Duplex;
  /** Asked once if the stream ends unasked: why it did. */
  explainEnd(cut: FrameCutError | undefined): Promise<HilError>;
}

export interface MessageListener {
  /** @throws {HilError} If the message breaks the protocol. */
  onMessage(message: Message<Reply>): void;
  /** Called once: nothing more comes, for this reason. */
  onFailure(error: Error): void;
}

/** Messages of a device runner, out of and into the frames of its stream. */
export class MessageStream {
  /** Resolves when the stream is over, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #link: RunnerLink;
  readonly #listener: MessageListener;
  readonly #decoder = new FrameDecoder('runner', ourLimits);
  #over = false;
  #expectsEnd = false;

  constructor(link: RunnerLink, listener: MessageListener) {
    this.#link = link;
    this.#listener = listener;
    link.stream.on('data', (chunk: Uint8Array) => this.#read(chunk));
    link.stream.once('error', (cause) => this.fail(new RunnerGoneError('its stream failed', { cause })));
    this.ended = new Promise((resolve) => {
      link.stream.once('close', () => {
        resolve();
        void this.#explainEnd();
      });
    });
  }

  get over(): boolean {
    return this.#over;
  }

  send(request: Request, payload: readonly Uint8Array[] = []): void {
    for (const chunk of encodeFrame('host', request, payload)) this.#link.stream.write(chunk);
  }

  /** Stops reading until {@link resume}, so that the other end has to wait. */
  pause(): void {
    this.#link.stream.pause();
  }

  resume(): void {
    this.#link.stream.resume();
  }

  /** From now on the end of the stream is what was asked for. */
  expectEnd(): void {
    this.#expectsEnd = true;
  }

  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#listener.onFailure(error);
  }

  #read(chunk: Uint8Array): void {
    if (this.#over) return;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#listener.onMessage(parseReply(frame));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  async #explainEnd(): Promise<void> {
    if (this.#over || this.#expectsEnd) return;
    this.fail(await this.#link.explainEnd(this.#decoder.endProblem()));
  }
}
