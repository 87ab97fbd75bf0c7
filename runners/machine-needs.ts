import { spawnSync } from 'node:child_process';

/** Something a test needs of its machine beyond Node and npm. */
export interface MachineNeed {
  readonly what: string;
  readonly met: () => boolean;
}

/** A program on the PATH. */
export const program = (name: string): MachineNeed => ({
  what: `the program ${name}`,
  // Debian keeps servers where a plain user's PATH does not look.
  met: () =>
    spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v -- "$1"', 'sh', name], { stdio: 'ignore' })
      .status === 0,
});

/** A container engine that answers. */
export const containerEngine: MachineNeed = {
  what: 'a container engine that answers `docker info`',
  met: () => spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0,
};

/** Programs and containers for aarch64 start directly: on such a machine, or through qemu-user and binfmt_misc. */
export const aarch64Programs: MachineNeed = {
  what: 'a kernel that starts aarch64 programs (qemu-user-static with binfmt_misc)',
  met: () =>
    process.arch === 'arm64' ||
    spawnSync('grep', ['-qs', 'enabled', '/proc/sys/fs/binfmt_misc/qemu-aarch64']).status === 0,
};

const found = new Map<MachineNeed, boolean>();

/**
 * The first thing that this machine lacks. Where HIL_REQUIRE_ALL is set, as in CI, nothing may be lacking.
 *
 * @throws {Error} There, for what is lacking: a skip would hide it.
 */
export function missing(...needs: readonly MachineNeed[]): string | undefined {
  const lacking = needs.find((need) => {
    if (!found.has(need)) found.set(need, need.met());
    return !found.get(need);
  });
  if (lacking === undefined) return undefined;
  if (process.env['HIL_REQUIRE_ALL']) {
    throw new Error(`HIL_REQUIRE_ALL is set, and this machine lacks ${lacking.what}`);
  }
  return `this machine lacks ${lacking.what}`;
}

/** The part of a test's context that skips it. */
export interface SkippableTest {
  readonly skip: (reason?: string) => void;
}

/** Skips a test, with the reason, where the machine lacks something; fails it where nothing may be lacking. */
export function skipUnlessMet({ skip }: SkippableTest, ...needs: readonly MachineNeed[]): void {
  const reason = missing(...needs);
  if (reason !== undefined) skip(reason);
}
