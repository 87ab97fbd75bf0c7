import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** A link between here and a server that misbehaves at a byte of one's choice. Directions: `up` to the server. */
export type LinkFault =
  /** Accepts, and never says or passes on anything: a board whose server hangs. */
  | { readonly kind: 'silent' }
  /** Ends the connection before the server's banner. */
  | { readonly kind: 'close'; readonly how: 'fin' | 'rst' }
  /** Ends the connection after this many bytes in one direction. */
  | {
      readonly kind: 'drop';
      readonly direction: Direction;
      readonly atByte: number;
      readonly how: 'fin' | 'rst';
    }
  /** Passes nothing on any more after this many bytes, and keeps the connection open. */
  | { readonly kind: 'freeze'; readonly direction: Direction; readonly atByte: number }
  /** Ends one direction only. */
  | { readonly kind: 'half-close'; readonly direction: Direction; readonly atByte: number }
  /** Flips the bits of one byte. */
  | { readonly kind: 'corrupt'; readonly direction: Direction; readonly atByte: number }
  /** Passes every piece on so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Passes on so many bytes in a second, after the first `fromByte`. */
  | {
      readonly kind: 'rate';
      readonly direction: Direction;
      readonly bytesPerSecond: number;
      readonly fromByte?: number;
    };

export type Direction = 'up' | 'down';

/** A TCP proxy on loopback for tests. Disposing it ends every connection. */
export class FaultProxy implements AsyncDisposable {
  /** Holds for the next {@link times} connections that come. */
  fault: LinkFault | undefined;
  times = Infinity;
  /** Connections that were accepted. */
  accepted = 0;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  static async start(
    target: { readonly host: string; readonly port: number },
    fault?: LinkFault,
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.fault = fault;
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#links.size;
  }

  /** Breaks every connection that is open. */
  drop(how: 'fin' | 'rst'): void {
    for (const link of this.#links) link.end(how);
  }

  /** From now on nothing passes on the connections that are open, though they stay so. */
  freeze(): void {
    for (const link of this.#links) link.freeze();
  }

  /** Nobody listens any more; connections that are open stay so. */
  stopListening(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      if (this.#links.size > 0) resolve();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.drop('rst');
    await closed;
  }

  #accept(client: Socket): void {
    this.accepted++;
    const fault = this.times-- > 0 ? this.fault : undefined;
    if (fault?.kind === 'close') {
      client.on('error', () => undefined);
      if (fault.how === 'rst') client.resetAndDestroy();
      else client.destroy();
      return;
    }
    const link = new Link(client, fault?.kind === 'silent' ? undefined : this.#target, fault);
    this.#links.add(link);
    client.once('close', () => this.#links.delete(link));
  }
}

class Link {
  readonly #client: Socket;
  readonly #server: Socket | undefined;
  readonly #fault: LinkFault | undefined;
  #frozen = false;

  constructor(
    client: Socket,
    target: { readonly host: string; readonly port: number } | undefined,
    fault: LinkFault | undefined,
  ) {
    this.#client = client;
    this.#fault = fault;
    client.on('error', () => undefined);
    if (target === undefined) return;
    const server = createConnection({ ...target, noDelay: true, allowHalfOpen: true });
    this.#server = server;
    server.on('error', () => client.destroy());
    this.#forward(client, server, 'up');
    this.#forward(server, client, 'down');
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }

  end(how: 'fin' | 'rst'): void {
    for (const socket of [this.#client, this.#server]) {
      if (how === 'rst') socket?.resetAndDestroy();
      else socket?.destroy();
    }
  }

  freeze(): void {
    this.#frozen = true;
  }

  #forward(from: Socket, to: Socket, direction: Direction): void {
    let passed = 0;
    let busy = Promise.resolve();
    const fault = this.#fault;
    from.on('data', (chunk: Buffer) => {
      const start = passed;
      passed += chunk.length;
      if (this.#frozen) return;
      if (fault === undefined || ('direction' in fault && fault.direction !== direction)) {
        to.write(chunk);
        return;
      }
      busy = busy.then(() => this.#pass(chunk, start, to, fault));
    });
    from.on('end', () => void busy.then(() => (this.#frozen ? undefined : to.end())));
  }

  async #pass(chunk: Buffer, start: number, to: Socket, fault: LinkFault): Promise<void> {
    const at = 'atByte' in fault ? fault.atByte - start : Infinity;
    const within = at >= 0 && at < chunk.length;
    switch (fault.kind) {
      case 'drop':
        if (at < chunk.length) {
          if (at > 0) to.write(chunk.subarray(0, at));
          this.end(fault.how);
        } else to.write(chunk);
        return;
      case 'freeze':
        if (at < chunk.length) {
          if (at > 0) to.write(chunk.subarray(0, at));
          this.freeze();
        } else to.write(chunk);
        return;
      case 'half-close':
        if (at >= chunk.length) to.write(chunk);
        else if (within) to.end(chunk.subarray(0, at));
        return;
      case 'corrupt': {
        const copy = Buffer.from(chunk);
        if (within) copy[at]! ^= 0xff;
        to.write(copy);
        return;
      }
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        to.write(chunk);
        return;
      case 'rate':
        return slowly(chunk, start, to, fault);
      default:
        to.write(chunk);
    }
  }
}

const stepMs = 20;

async function slowly(
  chunk: Buffer,
  start: number,
  to: Socket,
  { bytesPerSecond, fromByte = 0 }: Extract<LinkFault, { kind: 'rate' }>,
): Promise<void> {
  const free = Math.max(0, Math.min(chunk.length, fromByte - start));
  if (free > 0) to.write(chunk.subarray(0, free));
  const perStep = Math.max(1, Math.round((bytesPerSecond * stepMs) / 1000));
  const pauseMs = Math.max(stepMs, 1000 / bytesPerSecond);
  for (let position = free; position < chunk.length && to.writable; position += perStep) {
    to.write(chunk.subarray(position, position + perStep));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
