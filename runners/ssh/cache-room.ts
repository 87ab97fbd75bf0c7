import type { Cancellable } from '../../harness/cancellable.ts';
import { exec } from './exec.ts';
import { quote } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

/** A file of the cache, as the board lists it. */
export interface CachedFile {
  readonly name: string;
  readonly bytes: number;
  /** When a harness last used it, in milliseconds by that harness's clock; 0 if unknown. */
  readonly usedAt: number;
}

export interface CacheRoom {
  readonly files: readonly CachedFile[];
  readonly freeBytes: number;
  readonly freeInodes: number;
}

/** Uploads that died leave `*.tmp`; one that still grows is younger than this. */
const deadAfterMinutes = 10;

/**
 * Looks at the cache, and removes what dead uploads left there.
 *
 * @returns What it holds and how much room its disk has; undefined if the board cannot tell.
 */
export async function lookAtCache(
  connection: SshConnection,
  folder: string,
  options: Cancellable,
): Promise<CacheRoom | undefined> {
  const script = `cd ${quote(folder)} || exit 1
find . -name '*.tmp' -mmin +${deadAfterMinutes} -exec rm -f {} \\; 2>/dev/null
for file in *; do
  case $file in *.ok|*.tmp|'*') ;; *) echo "file $file $(wc -c < "$file") $(sed -n 2p "$file.ok" 2>/dev/null)";; esac
done
echo "free $(df -Pk . | tail -n 1)"
echo "inodes $(df -Pi . 2>/dev/null | tail -n 1)"`;
  const { stdout } = await exec(connection, `sh -c ${quote(script)}`, options);
  const text = stdout.toString('utf8');
  const free = availableOf(/^free (.*)$/m.exec(text)?.[1]);
  if (free === undefined) return undefined;
  const files = [...text.matchAll(/^file (\S+) +(\d+) *(\d*)$/gm)].map(([, name, bytes, usedAt]) => ({
    name: name!,
    bytes: Number(bytes),
    usedAt: Number(usedAt),
  }));
  // Some file systems make inodes as they need them and say 0 of 0.
  const inodes = availableOf(/^inodes (.*)$/m.exec(text)?.[1]);
  return { files, freeBytes: free * 1024, freeInodes: inodes === undefined ? Infinity : inodes };
}

/** Fourth column of a line of `df -P`; undefined also where the disk has nothing of the kind at all. */
function availableOf(line: string | undefined): number | undefined {
  const [, total, available] = /\s(\d+)\s+\d+\s+(\d+)\s+\S+\s+\S+$/.exec(line ?? '') ?? [];
  return total === undefined || Number(total) === 0 ? undefined : Number(available);
}

/** What is to have room in the cache. */
export interface RoomWish {
  readonly bytes: number;
  readonly files: number;
  /** To be left free on the disk. */
  readonly minFreeBytes: number;
  /** For the whole cache with what comes. */
  readonly maxCacheBytes: number;
  /** Names that must stay. */
  readonly inUse: ReadonlySet<string>;
}

/** Which files have to go for what comes, the least recently used first; all that may go if that is not enough. */
export function chooseVictims({ files, freeBytes, freeInodes }: CacheRoom, wish: RoomWish): CachedFile[] {
  const candidates = files.filter(({ name }) => !wish.inUse.has(name)).sort((a, b) => a.usedAt - b.usedAt);
  let free = freeBytes - wish.minFreeBytes;
  let size = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let inodes = freeInodes;
  const victims: CachedFile[] = [];
  for (const candidate of candidates) {
    // A file comes with its mark, so it needs two inodes and gives two back.
    if (free >= wish.bytes && size + wish.bytes <= wish.maxCacheBytes && inodes >= 2 * wish.files) break;
    victims.push(candidate);
    free += candidate.bytes;
    size -= candidate.bytes;
    inodes += 2;
  }
  return victims;
}

/** Removes files of the cache with their marks. */
export async function removeFromCache(
  connection: SshConnection,
  folder: string,
  victims: readonly CachedFile[],
  options: Cancellable,
): Promise<void> {
  const names = victims.flatMap(({ name }) => [name, `${name}.ok`]).map(quote);
  await exec(connection, `cd ${quote(folder)} && rm -f ${names.join(' ')}`, options);
}
