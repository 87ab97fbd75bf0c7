import { once } from 'node:events';
import { lstat, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Npu } from '../npu.ts';
import { FaultBook } from './fault-book.ts';
import { formatAddress, type ListenAddress, NpuAddressError } from './listen-address.ts';
import type { NpuFaults } from './npu-faults.ts';
import type { NpuProfile } from './npu-client.ts';
import { NpuConnection } from './npu-connection.ts';

export interface NpuServiceOptions {
  /** The simulated NPU, or the one for a library of a certain SDK; undefined if there is none. */
  readonly npu: Npu | ((profile: NpuProfile) => Npu | undefined);
  readonly listen: ListenAddress;
  readonly faults?: NpuFaults;
  /** Takes lines about connections that ended because of what came over them. */
  readonly log?: (line: string) => void;
}

/** A simulated NPU for programs that are linked to the stand-in librknn_api.so. Disposing it ends all connections. */
export interface NpuService extends AsyncDisposable {
  /** Value of the environment variable HIL_NPU for such programs. */
  readonly address: string;
  /** What goes wrong; may be set at any time and counts from then on. */
  faults: NpuFaults;
  /** Contexts that programs hold now. */
  readonly openContexts: number;
}

/** More connections than this are closed at once: every one may hold a model. */
const maxConnections = 256;

/** @throws {NpuAddressError} If nothing can listen there. */
export async function startNpuService({
  npu,
  listen,
  faults = {},
  log = () => undefined,
}: NpuServiceOptions): Promise<NpuService> {
  const npuFor = typeof npu === 'function' ? npu : () => npu;
  const service = new Service(npuFor, new FaultBook(faults), log);
  await service.listen(listen);
  return service;
}

class Service implements NpuService {
  readonly #npuFor: (profile: NpuProfile) => Npu | undefined;
  readonly #log: (line: string) => void;
  readonly #connections = new Set<NpuConnection>();
  readonly #server: Server;
  #book: FaultBook;
  #address = '';

  constructor(
    npuFor: (profile: NpuProfile) => Npu | undefined,
    book: FaultBook,
    log: (line: string) => void,
  ) {
    this.#npuFor = npuFor;
    this.#book = book;
    this.#log = log;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = maxConnections;
  }

  get address(): string {
    return this.#address;
  }

  get faults(): NpuFaults {
    return this.#book.faults;
  }

  set faults(faults: NpuFaults) {
    this.#book = new FaultBook(faults);
    for (const connection of this.#connections) connection.watch(this.#book.watched);
  }

  get openContexts(): number {
    return [...this.#connections].filter(({ client }) => client.hasContext).length;
  }

  async listen(address: ListenAddress): Promise<void> {
    try {
      await this.#tryListen(address);
    } catch (error) {
      const path = 'unix' in address ? address.unix : undefined;
      if (path === undefined || !isInUse(error) || (await isServed(path))) throw unusable(address, error);
      // A service that was killed leaves its socket behind.
      await rm(path, { force: true });
      await this.#tryListen(address).catch((again: unknown) => {
        throw unusable(address, again);
      });
    }
    const bound = this.#server.address() as AddressInfo | string;
    this.#address = formatAddress(
      typeof bound === 'string' ? { unix: bound } : { tcp: bound.port, host: bound.address },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connections = [...this.#connections];
    const closed = once(this.#server, 'close');
    this.#server.close();
    await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
    await closed;
  }

  async #tryListen(address: ListenAddress): Promise<void> {
    const options =
      'unix' in address ? { path: address.unix } : { port: address.tcp, host: address.host ?? '127.0.0.1' };
    this.#server.listen(options);
    await once(this.#server, 'listening');
  }

  #accept(socket: Socket): void {
    const environment = { npuFor: this.#npuFor, faults: () => this.#book };
    const connection = new NpuConnection(socket, environment, this.#log);
    this.#connections.add(connection);
    void connection.ended.then(() => this.#connections.delete(connection));
  }
}

const isInUse = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';

/** Whether a path is something else than a Unix socket on which nobody answers. */
async function isServed(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return true;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

function unusable(address: ListenAddress, cause: unknown): NpuAddressError {
  const { code } = cause as NodeJS.ErrnoException;
  return new NpuAddressError(`nothing can listen on ${formatAddress(address)}: ${code ?? String(cause)}`, {
    hint: 'Choose another socket or port, or end what uses this one.',
    cause,
  });
}
