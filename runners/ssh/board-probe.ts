import type { Cancellable } from '../../harness/cancellable.ts';
import { HilError, type RetryAdvice } from '../../harness/hil-error.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';
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
  /** Loaders of programs that it has, of the usual ones: `/lib/ld-linux-aarch64.so.1`. */
  readonly loaders: ReadonlySet<string>;
}

/** Where uploads go if the configured folder is not fit, best first; the last two are memory. */
const otherFolders = ['/userdata/hil', '$HOME/.hil', '/var/tmp/hil', '/tmp/hil', '/dev/shm/hil'];

/** Where the vendor's images have them. */
const installedLibraries = ['/usr/lib', '/usr/lib64', '/usr/lib/aarch64-linux-gnu'].flatMap((folder) =>
  ['librknn_api.so', 'librknn_runtime.so', 'libOpenVX.so'].map((name) => `${folder}/${name}`),
);

const usualLoaders = [
  '/lib/ld-linux-aarch64.so.1',
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-armhf.so.3',
  '/lib/ld-linux.so.2',
];

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
 *
 * What does not change while the board is up is written down there, in the file `facts`: hashing the vendor's libraries
 * alone takes a second on a board. The file counts while its first line fits: the questions, the boot, the programs' path,
 * whether the kernel driver is loaded, and size, time and inode of the libraries.
 */
const probeScript = (wished: string, others: readonly string[], version: string): string => `
unset ENV BASH_ENV; LC_ALL=C; export LC_ALL; umask 022
say() { echo "hil:$1 $2"; }
boot=
read -r boot 2>/dev/null < /proc/sys/kernel/random/boot_id
say boot "$boot"
wished=${wished}
driver=absent; [ -d /sys/module/galcore ] && driver=loaded
facts_of="${version} $boot $driver $(echo $(ls -lin ${installedLibraries.join(' ')} 2>/dev/null)) path $PATH"
known=
if [ -n "$boot" ] && [ -d "$wished/cache" ] && read -r known 2>/dev/null < "$wished/facts" && [ "$known" = "$facts_of" ] &&
  true 2>/dev/null >> "$wished/facts"; then
  while read -r line; do echo "$line"; done < "$wished/facts"
  say works "$wished"
  say end ok
  exit
fi
ask() {
  say machine "$(uname -m)"
  say kernel "$(uname -sr)"
  for tool in sha256sum openssl sha1sum md5sum dd stat; do
    command -v $tool >/dev/null 2>&1 && say tool $tool
  done
  for loader in ${usualLoaders.join(' ')}; do
    [ -e $loader ] && say loader $loader
  done
  say galcore "$(dmesg 2>/dev/null | grep -i 'galcore version' | tail -n 1)"
  for library in ${installedLibraries.join(' ')}; do
    [ -f $library ] && say library "$(sha256sum $library 2>/dev/null)"
  done
}
facts=$(ask)
echo "$facts"
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
write_down() {
  { echo "$facts_of" && echo "$facts"; } > "$wished/facts.$$" && mv "$wished/facts.$$" "$wished/facts" || rm -f "$wished/facts.$$"
}
if try "$wished"; then
  write_down 2>/dev/null
else
  for folder in ${others.join(' ')}; do try "$folder" && break; done
fi
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
  const others = otherFolders.filter((folder) => folder !== wished).map((folder) => `"${folder}"`);
  // Another harness may ask other questions.
  const version = sha256Hex(Buffer.from(probeScript('', [], ''))).slice(0, 16);
  const script = probeScript(quote(wished), others, version);
  const { stdout, stderr } = await exec(connection, `sh -c ${quote(script)}`, options);
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
    loaders: new Set(all('loader')),
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
