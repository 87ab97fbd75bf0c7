import type { BoardLook, BoardProcessLook, ClockLook } from '../../../harness/board/board-look.ts';
import type { Cancellable } from '../../../harness/cancellable.ts';
import { type BoardFacts, ProbeFailedError } from '../board-probe.ts';
import { exec } from '../exec.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';

// Sections of answers; only what Buildroot's busybox has. `find` stays on its file system: no network mounts, no /proc.
const lookScript = (workFolder: string, libraries: readonly string[]): string => `
unset ENV BASH_ENV; LC_ALL=C; export LC_ALL
say() { echo "hil:$1 $2"; }
say uname "$(uname -a)"
say uptime "$(cut -d. -f1 /proc/uptime 2>/dev/null)"
say time "$(date +%s)"
for name in $(tr '\\0' '\\n' < /proc/device-tree/compatible 2>/dev/null); do say compatible "$name"; done
say total "$(grep MemTotal: /proc/meminfo 2>/dev/null)"
say available "$(grep MemAvailable: /proc/meminfo 2>/dev/null)"
say disk "$(df -Pk ${quote(workFolder)} 2>/dev/null | tail -n 1)"
say inodes "$(df -Pi ${quote(workFolder)} 2>/dev/null | tail -n 1)"
say cache "$(du -sk ${quote(workFolder)} 2>/dev/null)"
for file in ${quote(workFolder)}/cache/*.tmp; do [ -e "$file" ] && say leftover "$file"; done
say galcore "$(dmesg 2>/dev/null | grep -i 'galcore version' | tail -n 1)"
[ -d /sys/module/galcore ] && say module loaded
[ -e /dev/galcore ] && say node there
for clock in /sys/class/devfreq/*npu*; do
  [ -d "$clock" ] && say npu "$(cat "$clock/governor") $(cat "$clock/cur_freq" 2>/dev/null || echo -) $(cat "$clock/max_freq" 2>/dev/null || echo -)"
done
clock=/sys/devices/system/cpu/cpu0/cpufreq
[ -d $clock ] && say cpu "$(cat $clock/scaling_governor) $(cat $clock/scaling_cur_freq 2>/dev/null || echo -)000 $(cat $clock/cpuinfo_max_freq 2>/dev/null || echo -)000"
for zone in /sys/class/thermal/thermal_zone*; do
  [ -r "$zone/temp" ] && say heat "$(cat "$zone/temp" 2>/dev/null) $(cat "$zone/type" 2>/dev/null)"
done
for process in /proc/[0-9]*; do
  command=$(tr '\\0' ' ' < $process/cmdline 2>/dev/null) || continue
  case $command in ${quote(workFolder)}/bin/*/hil-npu-run*) say ours "\${process#/proc/} $command" ;; esac
  ls -l $process/fd 2>/dev/null | grep -q /dev/galcore && say user "\${process#/proc/} $command"
done
files=$(find / -xdev \\( -path /tmp -o -path /var/tmp -o -path /var/lib/docker \\) -prune -o -type f \\( -name 'librknn_*.so*' -o -name 'libOpenVX.so*' -o -name rknn_server \\) -print 2>/dev/null | head -n 40)
for file in $files ${libraries.map(quote).join(' ')}; do
  [ -f "$file" ] || continue
  says=$(grep -a -o -E 'librknn_(runtime|api) version [^)]*\\)|libOpenVX version: [^)]*\\)|[0-9]+\\.[0-9]+\\.[0-9]+ \\([0-9a-f]{7,8} build: [^)]*\\)' "$file" 2>/dev/null | head -n 1)
  say library "$file|$says"
done
say end ok
`;

/**
 * Looks at a board: one round trip, and as long as its disk takes to be searched for the vendor's libraries.
 *
 * @param libraries - Paths of libraries that the config names, wherever they are.
 * @throws {ProbeFailedError} If its shell does not understand.
 */
export async function lookAtBoard(
  connection: SshConnection,
  { workFolder, notes }: BoardFacts,
  libraries: readonly string[],
  options: Cancellable,
): Promise<BoardLook> {
  const startedAt = Date.now();
  const { stdout, stderr } = await exec(
    connection,
    `sh -c ${quote(lookScript(workFolder, libraries))}`,
    options,
  );
  const answers = [...stdout.toString('utf8').matchAll(/^hil:(\w+) (.*)$/gm)].map(
    ([, key, value]) => [key!, value!.trim()] as const,
  );
  const all = (key: string) =>
    answers.filter(([name, value]) => name === key && value !== '').map(([, value]) => value);
  const one = (key: string) => all(key)[0];
  if (one('end') !== 'ok') throw new ProbeFailedError(connection.endpoint.name, stderr.trim().slice(-300));

  const time = numberIn(one('time'));
  const total = numberIn(one('total'));
  const available = numberIn(one('available'));
  const disk = /\s(\d+)\s+\d+\s+(\d+)\s+\S+\s+\S+$/.exec(one('disk') ?? '');
  const inodes = /\s(\d+)\s+\d+\s+(\d+)\s+\S+\s+\S+$/.exec(one('inodes') ?? '');
  return {
    server: connection.serverIdent.replace(/^SSH-2\.0-/, ''),
    uname: one('uname') ?? '',
    uptimeSeconds: numberIn(one('uptime')),
    compatible: all('compatible'),
    memory: total === undefined ? undefined : { totalKiB: total, availableKiB: available ?? 0 },
    workFolder,
    notes,
    disk: disk
      ? {
          totalKiB: Number(disk[1]),
          freeKiB: Number(disk[2]),
          freeInodes: inodes && inodes[1] !== '0' ? Number(inodes[2]) : undefined,
        }
      : undefined,
    clockAheadSeconds: time === undefined ? undefined : time - Math.round(startedAt / 1000),
    galcore: {
      loaded: one('module') !== undefined,
      node: one('node') !== undefined,
      version: /galcore version ([\d.]+)/i.exec(one('galcore') ?? '')?.[1],
    },
    libraries: [...new Set(all('library'))].map((line) => {
      const bar = line.indexOf('|');
      return { path: line.slice(0, bar), says: line.slice(bar + 1) || 'says no version' };
    }),
    npuClock: clockIn(one('npu')),
    cpuClock: clockIn(one('cpu')),
    temperatures: all('heat').map((line) => {
      const [value = '0', ...sensor] = line.split(' ');
      // Most kernels say thousandths of a degree, some say degrees.
      const raw = Number(value);
      return { celsius: Math.abs(raw) >= 1000 ? raw / 1000 : raw, sensor: sensor.join(' ') };
    }),
    npuUsers: all('user').map(processIn),
    ourProcesses: all('ours').map(processIn),
    leftovers: all('leftover'),
    cacheKiB: numberIn(one('cache')),
  };
}

function numberIn(text: string | undefined): number | undefined {
  const digits = /\d+/.exec(text ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

function clockIn(text: string | undefined): ClockLook | undefined {
  if (text === undefined) return undefined;
  const [governor = '', current, maximum] = text.split(' ');
  const hertz = (word: string | undefined) =>
    word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
  return { governor, currentHz: hertz(current), maximumHz: hertz(maximum) };
}

function processIn(text: string): BoardProcessLook {
  const [pid = '', ...command] = text.split(' ');
  return { pid: Number(pid), command: command.join(' ') };
}
