import type { Readable } from 'node:stream';
import { encodeFrame, type Frame, ourLimits } from '../protocol/frame.ts';
import { FrameDecoder } from '../protocol/frame-decoder.ts';
import { parseRequest, type Reply } from '../protocol/messages.ts';
import { DeviceSession, type DeviceSessionEnvironment, errorReply, Refusal } from './device-session.ts';

/** What a device runner finds around it on its board. */
export interface DeviceRunnerEnvironment extends DeviceSessionEnvironment {
  readonly stdin: Readable;
  readonly stdout: { write(chunk: Uint8Array): unknown };
  /** Aborts when the process is killed. */
  readonly signal: AbortSignal;
}

/** Exit statuses, as docs/protocol.md gives them. */
const exitStatus = { ended: 0, protocol: 2, silence: 3 } as const;
/** Requests that may wait before the input has to. */
const waitingRequests = 4;

/**
 * Serves the session protocol over a simulated NPU: what `hil-npu-run` is on a real board.
 *
 * @returns The exit status, once the input has ended, `bye` came, the host fell silent or broke the protocol.
 */
export function serveDevice(environment: DeviceRunnerEnvironment): Promise<number> {
  return new DeviceRunner(environment).serve();
}

class DeviceRunner {
  readonly #env: DeviceRunnerEnvironment;
  readonly #session: DeviceSession;
  readonly #decoder = new FrameDecoder('host', ourLimits);
  readonly #waiting: Frame[] = [];
  #working = false;
  #idle: Promise<void> = Promise.resolve();
  #inputEnded = false;
  #over = false;
  #silence: NodeJS.Timeout | undefined;
  #silenceMs = 0;
  #exited: (status: number) => void = () => undefined;

  constructor(environment: DeviceRunnerEnvironment) {
    this.#env = environment;
    this.#session = new DeviceSession(environment, (head, payload) => this.#send(head, payload));
  }

  async serve(): Promise<number> {
    const { stdin, signal } = this.#env;
    const exited = new Promise<number>((resolve) => (this.#exited = resolve));
    const onKill = (): void => this.#exit(exitStatus.ended);
    stdin.on('data', (chunk: Uint8Array) => this.#read(chunk));
    stdin.once('end', () => this.#endInput());
    stdin.once('close', () => this.#endInput());
    signal.addEventListener('abort', onKill);
    this.#listen();
    const status = await exited;
    signal.removeEventListener('abort', onKill);
    const released = this.#idle.then(() => this.#session[Symbol.asyncDispose]());
    // A killed process is gone at once, but a simulated run cannot be stopped half-way.
    if (!signal.aborted) await released;
    return status;
  }

  #read(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#listen();
    try {
      for (const frame of this.#decoder.push(chunk)) this.#waiting.push(frame);
    } catch (error) {
      // After bytes that are no frame nothing can be told apart any more.
      this.#refuse(0, new Refusal('frame', (error as Error).message, { usable: false }));
      return;
    }
    if (this.#waiting.length >= waitingRequests) this.#env.stdin.pause();
    if (!this.#working && this.#waiting.length > 0) this.#idle = this.#work();
  }

  #endInput(): void {
    this.#inputEnded = true;
    if (!this.#working) this.#exit(this.#decoder.atBoundary ? exitStatus.ended : exitStatus.protocol);
  }

  /** Requests are answered one after the other, in order. */
  async #work(): Promise<void> {
    this.#working = true;
    for (let frame = this.#waiting.shift(); frame && !this.#over; frame = this.#waiting.shift()) {
      await this.#answer(frame);
    }
    this.#working = false;
    if (this.#env.stdin.isPaused()) this.#env.stdin.resume();
    if (this.#over) return;
    if (this.#inputEnded) this.#endInput();
    else this.#listen();
  }

  /** Starts the time again after which the host counts as silent; the time of a request does not count. */
  #listen(): void {
    const { silenceMs } = this.#session;
    if (this.#silence && this.#silenceMs === silenceMs) {
      this.#silence.refresh();
      return;
    }
    clearTimeout(this.#silence);
    this.#silenceMs = silenceMs;
    this.#silence = setTimeout(() => {
      if (this.#working) this.#listen();
      else this.#exit(exitStatus.silence);
    }, silenceMs).unref();
  }

  async #answer(frame: Frame): Promise<void> {
    const id = frame.head['id'];
    try {
      const request = parseRequest(frame);
      await this.#session.handle(request);
      this.#decoder.recycle(frame.payload);
      if (request.head.type === 'bye') this.#exit(exitStatus.ended);
    } catch (error) {
      this.#refuse(typeof id === 'number' && Number.isSafeInteger(id) ? id : 0, error);
    }
  }

  #refuse(id: number, error: unknown): void {
    const reply = errorReply(id, error);
    this.#send(reply);
    if (!reply.usable) this.#exit(exitStatus.protocol);
  }

  #exit(status: number): void {
    this.#over = true;
    clearTimeout(this.#silence);
    this.#exited(status);
  }

  #send(head: Reply, payload?: readonly Uint8Array[]): void {
    if (this.#env.signal.aborted) return;
    for (const chunk of encodeFrame('runner', head, payload)) this.#env.stdout.write(chunk);
  }
}
