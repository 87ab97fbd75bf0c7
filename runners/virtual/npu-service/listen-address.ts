import { HilError } from '../../../harness/hil-error.ts';

/** Where the service listens: a Unix socket, or a TCP port (0: a free one) of an address, 127.0.0.1 if absent. */
export type ListenAddress =
  { readonly unix: string } | { readonly tcp: number; readonly host?: string | undefined };

/** The address of an NPU service cannot be used. */
export class NpuAddressError extends HilError {
  readonly code = 'HIL_NPU_ADDRESS';
  readonly owner = 'spec';
}

/** The longest path of a Unix socket that every Linux takes, without the terminating zero. */
const maxPathBytes = 107;

/** Reads `unix:/path` or `tcp:host:port`. @throws {NpuAddressError} */
export function parseListenAddress(text: string): ListenAddress {
  const unix = /^unix:(.+)$/.exec(text)?.[1];
  if (unix !== undefined && Buffer.byteLength(unix) <= maxPathBytes) return { unix };
  const [, host, port] = /^tcp:([\w.-]+|\[[\w:.%]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (host !== undefined && Number(port) <= 65_535) {
    return { tcp: Number(port), host: host.replace(/^\[(.*)\]$/, '$1') };
  }
  throw new NpuAddressError(`"${text}" is no address for the simulated NPU`, {
    hint: `Use unix:/path/of/a/socket (at most ${maxPathBytes} bytes) or tcp:127.0.0.1:port.`,
  });
}

/** The value of the environment variable HIL_NPU for a service that listens there. */
export function formatAddress(address: ListenAddress): string {
  if ('unix' in address) return `unix:${address.unix}`;
  const { tcp, host = '127.0.0.1' } = address;
  return `tcp:${host.includes(':') ? `[${host}]` : host}:${tcp}`;
}
