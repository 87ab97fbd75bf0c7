import type { Cancellable } from '../../../harness/cancellable.ts';
import type { SshConnection } from '../ssh-connection.ts';

/** A person's terminal: raw while the shell is open, its size told to the board. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown; isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { columns?: number; rows?: number };
  /** e.g. `xterm-256color`. */
  readonly kind: string;
}

/** Runs the login shell of a board in a person's terminal until it ends. @returns Its exit status. */
export function openShell(
  connection: SshConnection,
  { input, output, kind }: Terminal,
  { signal }: Cancellable,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const size = () => ({ rows: output.rows ?? 24, cols: output.columns ?? 80 });
    connection.client.shell({ term: kind, ...size(), width: 0, height: 0 }, (error, channel) => {
      if (error) {
        reject(connection.lost('it was asked for a shell', error));
        return;
      }
      const onResize = (): void => {
        const { rows, cols } = size();
        channel.setWindow(rows, cols, 0, 0);
      };
      const onAbort = (): void => channel.close();
      let code: number | undefined;
      input.setRawMode?.(true);
      output.on('resize', onResize);
      signal?.addEventListener('abort', onAbort);
      channel.on('exit', (status: number | null) => {
        code = status ?? undefined;
      });
      channel.once('close', () => {
        output.off('resize', onResize);
        signal?.removeEventListener('abort', onAbort);
        input.unpipe(channel);
        input.setRawMode?.(false);
        input.pause();
        if (code === undefined && !connection.alive)
          reject(connection.lost('it ended while a shell was open'));
        else resolve(code ?? 0);
      });
      channel.pipe(output, { end: false });
      channel.stderr.pipe(output, { end: false });
      input.pipe(channel);
    });
  });
}
