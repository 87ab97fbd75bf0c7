import type { Cancellable } from '../../../harness/cancellable.ts';
import { type BoardFacts, ProbeFailedError } from '../board-probe.ts';
import { exec } from '../exec.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';

/** What `hil board clean` took away. */
export interface CleanedBoard {
  /** Device runners of ours that were killed: pid and command line. */
  readonly killed: readonly string[];
  /** Folders of ours that were emptied, with what they held. */
  readonly folders: readonly { readonly path: string; readonly kib: number }[];
}

/** Only these are ours, in every folder that we may have worked in. */
const ourFolders = ['cache', 'bin', 'sdk', 'runs'];

/**
 * Kills the device runners that are left on a board, and removes everything that we have put there. Whoever calls this has
 * the board to himself: he holds its lock.
 */
export async function cleanBoard(
  connection: SshConnection,
  { workFolder }: BoardFacts,
  wished: string,
  options: Cancellable,
): Promise<CleanedBoard> {
  const places = [...new Set([wished, workFolder])].map(quote).join(' ');
  const script = `
for process in /proc/[0-9]*; do
  command=$(tr '\\0' ' ' < $process/cmdline 2>/dev/null) || continue
  pid=\${process#/proc/}
  for place in ${places}; do
    case $command in "$place"/bin/*/hil-npu-run*) kill -9 -$pid 2>/dev/null || kill -9 $pid; echo "hil:killed $pid $command" ;; esac
  done
done
for place in ${places}; do
  for folder in ${ourFolders.join(' ')}; do
    [ -d "$place/$folder" ] || continue
    echo "hil:folder $(du -sk "$place/$folder" | cut -f1) $place/$folder"
    rm -rf "$place/$folder"
  done
  rm -f "$place/facts"
done
echo "hil:end ok"`;
  const { stdout, stderr } = await exec(connection, `sh -c ${quote(script)}`, options);
  const text = stdout.toString('utf8');
  if (!/^hil:end ok$/m.test(text))
    throw new ProbeFailedError(connection.endpoint.name, stderr.trim().slice(-300));
  return {
    killed: [...text.matchAll(/^hil:killed (.*)$/gm)].map(([, line]) => line!.trim()),
    folders: [...text.matchAll(/^hil:folder (\d+) (.*)$/gm)].map(([, kib, path]) => ({
      path: path!,
      kib: Number(kib),
    })),
  };
}
