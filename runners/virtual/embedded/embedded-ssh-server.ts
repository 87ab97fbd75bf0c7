import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import ssh2, {
  type AuthContext,
  type Connection,
  type ParsedKey,
  type Server as SshServer,
  type ServerChannel,
  type Session,
  type SFTPWrapper,
} from 'ssh2';
import { batchWrites } from '../../ssh/batch-writes.ts';
import { fingerprintOf } from '../../ssh/host-key.ts';
import type { EmbeddedFaults } from './embedded-faults.ts';
import { type FreshKey, freshKey } from './fresh-key.ts';

/** The only user that can log in. */
export const boardUser = 'root';

export interface EmbeddedSshServerOptions {
  readonly faults: () => EmbeddedFaults;
  readonly onCommand: (channel: ServerChannel, line: string) => void;
  readonly onSftp: (sftp: SFTPWrapper) => void;
}

/**
 * An SSH server on 127.0.0.1 with a fresh host key and one fresh client key: it runs commands and serves SFTP, and
 * refuses everything else. Does not keep the process alive by itself.
 */
export class EmbeddedSshServer implements AsyncDisposable {
  readonly #options: EmbeddedSshServerOptions;
  readonly #hostKey = freshKey();
  readonly #clientKey = freshKey();
  readonly #ssh: SshServer;
  #strangerSsh: SshServer | undefined;
  readonly #sockets = new Set<Socket>();
  #listener: NetServer | undefined;
  #port = 0;

  constructor(options: EmbeddedSshServerOptions) {
    this.#options = options;
    this.#ssh = this.#newSshServer(this.#hostKey);
  }

  /** Starts to listen; at the port it had before, if it had one. */
  async listen(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.#port, '127.0.0.1', resolve);
    });
    listener.unref();
    this.#port = (listener.address() as AddressInfo).port;
  }

  /** Connections that are open stay so. */
  stopListening(): void {
    this.#listener?.close();
    this.#listener = undefined;
  }

  get port(): number {
    return this.#port;
  }

  get hostKeyFingerprint(): string {
    return fingerprintOf(this.#hostKey.key.getPublicSSH());
  }

  get clientPrivateKey(): string {
    return this.#clientKey.text;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopListening();
    const closed = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    this.dropConnections();
    await Promise.all(closed);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const { closeEarly, changeHostKey } = this.#options.faults();
    if (closeEarly) {
      socket.destroy();
      return;
    }
    if (changeHostKey) this.#strangerSsh ??= this.#newSshServer(freshKey());
    const server = changeHostKey ? this.#strangerSsh : this.#ssh;
    server?.injectSocket(batchWrites(socket));
  }

  #newSshServer(hostKey: FreshKey): SshServer {
    const server = new ssh2.Server({ hostKeys: [hostKey.text] });
    return server.on('connection', (connection: Connection) => this.#serve(connection));
  }

  #serve(connection: Connection): void {
    const { key } = this.#clientKey;
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      if (isAllowed(context, key)) context.accept();
      else context.reject(['publickey']);
    });
    connection.on('ready', () => {
      this.#watchTraffic(connection);
      connection.on('session', (accept, reject) => {
        if (this.#options.faults().noSessions) reject();
        else this.#serveSession(accept());
      });
    });
  }

  #serveSession(session: Session): void {
    session.on('exec', (accept, _reject, { command }) => this.#options.onCommand(accept(), command));
    if (this.#options.faults().noSftp) return;
    session.on('sftp', (accept) => this.#options.onSftp(accept()));
  }

  /** Breaks the connection once it has carried as much as the fault allows. */
  #watchTraffic(connection: Connection): void {
    const { dropAfterBytes } = this.#options.faults();
    if (dropAfterBytes === undefined) return;
    const socket = socketOf(connection);
    const before = socket.bytesRead + socket.bytesWritten;
    socket.on('data', () => {
      if (socket.bytesRead + socket.bytesWritten - before > dropAfterBytes) socket.destroy();
    });
  }
}

function isAllowed(context: AuthContext, allowed: ParsedKey): boolean {
  if (context.method !== 'publickey' || context.username !== boardUser) return false;
  const expected = allowed.getPublicSSH();
  const { key, signature, blob, hashAlgo } = context;
  if (key.data.length !== expected.length || !timingSafeEqual(key.data, expected)) return false;
  // The first question is only whether the key would do; the second brings the signature.
  if (signature === undefined || blob === undefined) return true;
  return allowed.verify(blob, signature, hashAlgo);
}

/** ssh2 offers no way to the socket of a server's connection. */
const socketOf = (connection: Connection): Socket => (connection as unknown as { _sock: Socket })._sock;
