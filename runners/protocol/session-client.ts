import type { Cancellable } from '../../harness/cancellable.ts';
import { ourLimits } from './frame.ts';
import type { LogBuffer } from './log-buffer.ts';
import { MessageStream, type RunnerLink } from './message-stream.ts';
import { type HelloReply, type Message, protocolVersions, type Reply, type Request } from './messages.ts';
import { MessageError, ProtocolVersionError, RunnerGoneError, RunnerSilentError } from './protocol-error.ts';
import { errorFromReply, RunnerRefusalError } from './runner-refusal.ts';

export interface SessionClientOptions extends Cancellable {
  /** Takes the text of `log` events. */
  readonly log: LogBuffer;
  /** The runner ends by itself when it has heard nothing for this long. */
  readonly silenceSeconds?: number;
  /** How long the first answer may take; the vendor library is opened in this time. */
  readonly helloTimeoutMs?: number;
}

/** A request without its id, which the client gives it. */
type Body<T = Request> = T extends { id: number } ? Omit<T, 'id'> : never;
type ReplyOf<T extends Reply['type']> = Extract<Reply, { type: T }>;

interface CallOptions extends Cancellable {
  readonly payload?: readonly Uint8Array[];
  readonly timeoutMs?: number;
}

/** A request that waits for its answer. */
interface Exchange {
  readonly id: number;
  readonly request: Request['type'];
  readonly logPosition: number;
  /** Takes an answer; true if it was the last one. Absent if nobody waits (any more). */
  take?: ((message: Message<Reply>) => boolean) | undefined;
  fail?: ((error: Error) => void) | undefined;
}

/** The harness's end of the session protocol. */
export class SessionClient {
  readonly #messages: MessageStream;
  readonly #log: LogBuffer;
  readonly #exchanges = new Map<number, Exchange>();
  #lastId = 0;
  #failure: Error | undefined;
  #abandoned = false;
  #closing = false;
  #heartbeat: NodeJS.Timeout | undefined;
  #hello: HelloReply | undefined;

  private constructor(link: RunnerLink, log: LogBuffer) {
    this.#log = log;
    this.#messages = new MessageStream(link, {
      onMessage: (message) => this.#dispatch(message),
      onFailure: (error) => this.#failAll(error),
    });
  }

  /**
   * Greets the runner and agrees on a version.
   *
   * @throws {HilError} Silence, garbage, a wrong version, a stream that ends, a vendor library that does not open.
   */
  static async open(link: RunnerLink, options: SessionClientOptions): Promise<SessionClient> {
    const { silenceSeconds = 30, helloTimeoutMs = 15_000, log, signal } = options;
    const client = new SessionClient(link, log);
    const request: Body = { type: 'hello', versions: protocolVersions, silenceSeconds, limits: ourLimits };
    const hello = (await client.call(request, 'hello', { signal, timeoutMs: helloTimeoutMs })).head;
    if (hello.version < protocolVersions.min || hello.version > protocolVersions.max) {
      const { min, max } = protocolVersions;
      const error = new ProtocolVersionError(`version ${hello.version}`, `versions ${min} to ${max}`);
      client.#messages.fail(error);
      throw error;
    }
    client.#hello = hello;
    client.#heartbeat = setInterval(
      () => client.#post({ type: 'ping' }),
      (hello.silenceSeconds * 1000) / 3,
    ).unref();
    return client;
  }

  get hello(): HelloReply {
    return this.#hello!;
  }

  /** False once the stream is over, or an answer that nobody waits for is still to come. */
  get alive(): boolean {
    return !this.#messages.over && !this.#abandoned && !this.#closing;
  }

  /**
   * Sends a request and waits for its one answer. Aborting ends the wait, not the runner: the client is no longer alive.
   *
   * @throws {HilError} What the runner answered instead, or why no answer can come; the signal's reason if it aborts.
   */
  call<T extends Reply['type']>(
    request: Body,
    answer: T,
    { signal, timeoutMs, payload }: CallOptions,
  ): Promise<Message<ReplyOf<T>>> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const settle = (): void => {
        clearTimeout(timer);
        unwatch();
      };
      const exchange = this.#begin(request, payload, {
        take: (message) => {
          settle();
          if (message.head.type === answer) resolve(message as Message<ReplyOf<T>>);
          else reject(this.#refusal(exchange, message.head));
          return true;
        },
        fail: (error) => {
          settle();
          reject(error);
        },
      });
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => this.#messages.fail(new RunnerSilentError(request.type, timeoutMs)), timeoutMs);
      const unwatch = onAbort(signal, (reason) => this.#abandon(exchange, reason));
      this.#messages.send({ ...request, id: exchange.id }, payload);
    });
  }

  /** Sends a request that is answered by a stream of messages; ends with the one of type `last`. */
  async *stream<T extends Reply['type']>(
    request: Body,
    { each, last }: { readonly each: T; readonly last: Reply['type'] },
    { signal, payload }: Omit<CallOptions, 'timeoutMs'>,
  ): AsyncGenerator<Message<ReplyOf<T>>, void, void> {
    signal?.throwIfAborted();
    const arrived: Message<Reply>[] = [];
    let failure: Error | undefined;
    let wake: () => void = () => undefined;
    const exchange = this.#begin(request, payload, {
      take: (message) => {
        arrived.push(message);
        // A slow consumer slows the board down instead of filling our memory.
        if (arrived.length >= waitingMessages) this.#messages.pause();
        wake();
        return message.head.type !== each;
      },
      fail: (error) => {
        failure = error;
        wake();
      },
    });
    const unwatch = onAbort(signal, (reason) => this.#abandon(exchange, reason));
    try {
      this.#messages.send({ ...request, id: exchange.id }, payload);
      for (;;) {
        const message = arrived.shift();
        if (message?.head.type === each) {
          yield message as Message<ReplyOf<T>>;
        } else if (message) {
          if (message.head.type === last) return;
          throw this.#refusal(exchange, message.head);
        } else {
          if (failure) throw failure;
          this.#messages.resume();
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      unwatch();
      this.#messages.resume();
      this.#abandon(exchange, new RunnerGoneError('its answer was not read to the end'));
    }
  }

  /** Asks the runner to end and waits for it. @returns Whether it ended in time. */
  async bye(timeoutMs: number): Promise<boolean> {
    if (!this.alive) return false;
    this.#post({ type: 'bye' });
    this.#closing = true;
    this.#messages.expectEnd();
    clearInterval(this.#heartbeat);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, timeoutMs, false)));
    const ended = await Promise.race([this.#messages.ended.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }

  /**
   * Gives a request its id and makes ready for its answer; it is to be sent next.
   *
   * @throws The session's failure, or a refusal if the payload is larger than the runner takes.
   */
  #begin(
    request: Body,
    payload: readonly Uint8Array[] = [],
    handlers: Pick<Exchange, 'take' | 'fail'> = {},
  ): Exchange {
    if (this.#failure) throw this.#failure;
    const limit = this.#hello?.limits.payloadBytes ?? Infinity;
    const bytes = payload.reduce((sum, part) => sum + part.length, 0);
    if (bytes > limit) {
      throw new RunnerRefusalError(request.type, 'limit', `${bytes} bytes in one frame, it takes ${limit}`);
    }
    const id = ++this.#lastId;
    const exchange = { id, request: request.type, logPosition: this.#log.position, ...handlers };
    this.#exchanges.set(id, exchange);
    return exchange;
  }

  /** Sends a request whose answer nobody waits for. */
  #post(request: Body): void {
    this.#messages.send({ ...request, id: this.#begin(request).id });
  }

  #dispatch(message: Message<Reply>): void {
    const { head } = message;
    if (head.type === 'log') {
      this.#log.add(head.text);
      return;
    }
    const exchange = this.#exchanges.get(head.id);
    if (exchange === undefined) {
      if (head.type === 'error') throw errorFromReply('the session', head, this.#log.since(0));
      throw new MessageError(`an answer "${head.type}" to request ${head.id}, which was not asked`);
    }
    const complete = exchange.take ? exchange.take(message) : head.type !== 'layer';
    if (complete) this.#exchanges.delete(head.id);
  }

  /** The error for an answer that is not the one asked for; ends the session where the runner says so. */
  #refusal({ id, request, logPosition }: Exchange, head: Reply): Error {
    const error =
      head.type === 'error'
        ? errorFromReply(request, head, this.#log.since(logPosition))
        : new MessageError(`an answer "${head.type}" to request ${id} "${request}"`);
    if (head.type !== 'error' || !head.usable) this.#messages.fail(error);
    return error;
  }

  #abandon(exchange: Exchange, reason: Error): void {
    if (!this.#exchanges.has(exchange.id)) return;
    const { fail } = exchange;
    exchange.take = undefined;
    exchange.fail = undefined;
    this.#abandoned = true;
    fail?.(reason);
  }

  #failAll(error: Error): void {
    this.#failure = error;
    clearInterval(this.#heartbeat);
    const exchanges = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const { fail } of exchanges) fail?.(error);
  }
}

/** Answers that may wait for the consumer of a stream. */
const waitingMessages = 8;

/** @returns A function that stops listening. */
function onAbort(signal: AbortSignal | undefined, callback: (reason: Error) => void): () => void {
  const listener = (): void => callback(signal?.reason as Error);
  signal?.addEventListener('abort', listener);
  return () => signal?.removeEventListener('abort', listener);
}
