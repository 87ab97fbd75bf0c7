import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What a board's entry is read against. */
export interface ConfigContext {
  /** Folder of hil.config.yaml, absolute. */
  readonly root: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const configContext = (root: string): ConfigContext => ({ root, home: homedir(), env: process.env });

/** A path as people write it in the config: absolute, `~/…`, or relative to the config. */
export function resolvePath(path: string, { root, home }: ConfigContext): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(2)) : resolve(root, path);
}
