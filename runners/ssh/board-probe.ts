import type { Cancellable } from '../../harness/cancellable.ts';
import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { exec } from './exec.ts';
import { quote } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

/** What has to be known of a board before anything is put there; found out in one round trip. */
export interface BoardFacts {
  /** As `uname -m`: `aarch64`, `armv7l`, `x86_64`. */
  readonly machine: string;
  /** As `uname -sr`. */
  readonly kernel: string;
  readonly bootId: string;
  /** Commands that it has, of those that make a difference to us. */
  readonly tools: ReadonlySet<string>;
  /** The first of the folders that can be written to and execute programs. */
  readonly workFolder: string;
  /** What a person should know, e.g. that the configured folder could not be used. */
  readonly notes: readonly string[];
  /** Build of the kernel driver, as far as the kernel's log still holds it, e.g. `6.4.6.5.351518`. */
  readonly kernelDriver: string | undefined;
  /** SHA-256 of the vendor libraries that are installed, by path; empty where the board cannot hash. */
  readonly libraries: Readonly<Record<string, string>>;
}

/** Where uploads go if the configured folder is not fit, best first; the last two are memory. */
const otherFolders = ['/userdata/hil', '$HOME/.hil', '/var/tmp/hil', '/tmp/hil', '/dev/shm/hil'];

/** Where the vendor's images have them. */
const installedLibraries = ['/usr/lib', '/usr/lib64', '/usr/lib/aarch64-linux-gnu'].flatMap((folder) =>
  ['librknn_api.so', 'librknn_runtime.so', 'libOpenVX.so'].map((name) => `${folder}/${name}`),
);

/** The board lets us write nowhere, or nowhere where programs may be executed. */
export class NoWorkFolderError extends HilError {
  readonly code = 'HIL_BOARD_NO_FOLDER';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, refusals: readonly string[]) {
    super(`board ${board} has no folder that we can work in: ${refusals.join('; ')}`, {
      hint: 'Name one under workFolder in its entry in hil.config.yaml: writable for this user, and on a disk that is not mounted with noexec or read-only.',
    });
  }
}

/** The shell on the board did not understand, or is no POSIX shell. */
export class ProbeFailedError extends HilError {
  readonly code = 'HIL_BOARD_PROBE';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, said: string) {
    super(
      `board ${board} does not answer simple questions about itself; its shell printed: ${said || 'nothing'}`,
      {
        hint: 'Log in by hand and try: sh -c "uname -m". The board needs a POSIX shell as /bin/sh (busybox will do).',
      },
    );
  }
}

/**
 * The questions, for any POSIX shell; no program beyond busybox's basic ones is taken for granted. The answers are lines
 * of a key and a value, in between two marks, so that what login scripts print does no harm.
 */
const probeScript = (folders: readonly string[]): string => `
unset ENV BASH_ENV; LC_ALL=C; export LC_ALL; umask 022
say() { echo "hil:$1 $2"; }
say machine "$(uname -m)"
say kernel "$(uname -sr)"
say boot "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
for tool in sha256sum openssl sha1sum md5sum dd stat; do
  command -v $tool >/dev/null 2>&1 && say tool $tool
done
say galcore "$(dmesg 2>/dev/null | grep -i 'galcore version' | tail -n 1)"
for library in ${installedLibraries.join(' ')}; do
  [ -f $library ] && say library "$(sha256sum $library 2>/dev/null)"
done
try() {
  said=$(mkdir -p "$1/cache" 2>&1) || { say refused "$1: $said"; return 1; }
  program="$1/cache/.probe.$$"
  said=$( { echo '#!/bin/sh' > "$program"; } 2>&1 ) || { say refused "$1: $said"; rm -f "$program"; return 1; }
  chmod 700 "$program"
  said=$("$program" 2>&1); found=$?
  rm -f "$program"
  [ $found = 0 ] || { say refused "$1: programs there are not executed: $said"; return 1; }
  say works "$1"
}
for folder in ${folders.join(' ')}; do try "$folder" && break; done
say end ok
`;

/**
 * Asks a board about itself.
 *
 * @param wished - Folder to work in, absolute.
 * @throws {NoWorkFolderError | ProbeFailedError}
 */
export async function probeBoard(
  connection: SshConnection,
  wished: string,
  options: Cancellable,
): Promise<BoardFacts> {
  const folders = [
    quote(wished),
    ...otherFolders.filter((folder) => folder !== wished).map((folder) => `"${folder}"`),
  ];
  const { stdout, stderr } = await exec(connection, `sh -c ${quote(probeScript(folders))}`, options);
  const answers = [...stdout.toString('utf8').matchAll(/^hil:(\w+) (.*)$/gm)].map(
    ([, key, value]) => [key!, value!.trim()] as const,
  );
  const all = (key: string) => answers.filter(([name]) => name === key).map(([, value]) => value);
  const one = (key: string) => all(key)[0] ?? '';
  const { name } = connection.endpoint;
  if (one('end') !== 'ok')
    throw new ProbeFailedError(name, `${stderr} ${stdout.toString('utf8')}`.trim().slice(-300));
  const workFolder = one('works');
  const refusals = all('refused');
  if (workFolder === '') throw new NoWorkFolderError(name, refusals);
  return {
    machine: one('machine'),
    kernel: one('kernel'),
    bootId: one('boot'),
    tools: new Set(all('tool')),
    workFolder,
    notes:
      refusals.length === 0 ? [] : [`the work folder is ${workFolder}, because of ${refusals.join('; ')}`],
    kernelDriver: /galcore version ([\d.]+)/i.exec(one('galcore'))?.[1],
    libraries: Object.fromEntries(
      all('library').flatMap((line) => {
        const [, sha256, path] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line) ?? [];
        return sha256 && path ? [[path, sha256]] : [];
      }),
    ),
  };
}
