import type { BoardCondition, Heat } from '../../../harness/board/board-condition.ts';
import type { BoardProcessLook } from '../../../harness/board/board-look.ts';
import type { Cancellable } from '../../../harness/cancellable.ts';
import { exec } from '../exec.ts';
import { quote } from '../quote.ts';
import type { SshConnection } from '../ssh-connection.ts';

/**
 * Few processes, since it is asked between cases: one `ls` looks through all open files. Without the device node nobody
 * can hold it. What works under our lock is told by the lock itself.
 */
const conditionScript = (workFolder: string): string => `
unset ENV BASH_ENV; LC_ALL=C; export LC_ALL
say() { echo "hil:$1 $2"; }
for zone in /sys/class/thermal/thermal_zone*; do
  heat=; sensor=
  read -r heat 2>/dev/null < "$zone/temp" && { read -r sensor < "$zone/type"; say heat "$heat $sensor"; } 2>/dev/null
done
if [ -e /dev/galcore ]; then
  while read -r own; do say own "$own"; done 2>/dev/null < ${quote(workFolder)}/lock/runners
  at=
  ls -l /proc/[0-9]*/fd 2>/dev/null | grep -e '^/proc/' -e ' /dev/galcore$' | while read -r line; do
    case $line in
      /proc/*) at=\${line#/proc/}; at=\${at%%/*} ;;
      *) [ -n "$at" ] || continue
        read -r stat 2>/dev/null < "/proc/$at/stat" || continue
        set -- \${stat##*) }
        say user "$at $3 $(tr '\\0' ' ' < "/proc/$at/cmdline" 2>/dev/null)"
        at= ;;
    esac
  done
  command -v query_npu_usage >/dev/null 2>&1 && say load "$(query_npu_usage 2>/dev/null | head -n 1)"
fi
say end ok
`;

/** The vendor's daemon for the toolkit on a PC: every full image starts it, and it may hold the node while it idles. */
const vendorDaemon = /(^|\/)rknn_server( |$)/;

/**
 * What goes on at a board besides our own work; one round trip.
 *
 * @returns Undefined if the board does not answer the question: it is not worth an error of its own.
 */
export async function conditionOf(
  connection: SshConnection,
  workFolder: string,
  options: Cancellable,
): Promise<BoardCondition | undefined> {
  const { stdout } = await exec(connection, `sh -c ${quote(conditionScript(workFolder))}`, options);
  return readCondition(stdout.toString('utf8'));
}

export function readCondition(text: string): BoardCondition | undefined {
  const answers = [...text.matchAll(/^hil:(\w+) (.*)$/gm)].map(([, key, value]) => [key!, value!.trim()]);
  const all = (key: string) => answers.filter(([name]) => name === key).map(([, value]) => value!);
  if (all('end')[0] !== 'ok') return undefined;
  const own = new Set(all('own'));
  const load = /NPU load: *([\d.]+)/.exec(all('load')[0] ?? '')?.[1];
  return {
    hottest: all('heat')
      .flatMap(heatIn)
      .reduce<Heat | undefined>((a, b) => (a && a.celsius >= b.celsius ? a : b), undefined),
    npuUsers: all('user').flatMap((line): BoardProcessLook[] => {
      const [, pid = '', group = '', command = ''] = /^(\d+) (-?\d+) ?(.*)$/.exec(line) ?? [];
      if (pid === '' || own.has(pid) || own.has(group) || vendorDaemon.test(command)) return [];
      return [{ pid: Number(pid), command }];
    }),
    ...(load === undefined ? {} : { npuLoad: Number(load) }),
  };
}

/** A sensor of a chip that works shows no more than this; what it shows beyond is a sensor that is off. */
const plausible = { least: -40, most: 125 };

/** Most kernels say thousandths of a degree, some say degrees. */
function heatIn(line: string): Heat[] {
  const [, value, sensor = ''] = /^(-?\d+) ?(.*)$/.exec(line) ?? [];
  if (value === undefined) return [];
  const raw = Number(value);
  const celsius = Math.abs(raw) >= 1000 ? raw / 1000 : raw;
  return celsius >= plausible.least && celsius <= plausible.most ? [{ sensor, celsius }] : [];
}
