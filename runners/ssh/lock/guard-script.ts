import { quote } from '../quote.ts';

export interface GuardOptions {
  /** Folder on the board that belongs to the harness. */
  readonly workFolder: string;
  /** Who we are, on one line. */
  readonly holder: string;
  /** Seconds to wait for another holder. */
  readonly waitSeconds: number;
  /** Seconds without a heartbeat after which a holder counts as gone. */
  readonly staleSeconds: number;
}

/**
 * The program that holds a board's lock: a shell script that lives as long as its input, on any POSIX shell.
 *
 * `lock/` is made by mkdir, which only one can. In it are `holder` (fence, pid of the guard, boot id, name), `beat` (the
 * last heartbeat) and `runners` (pids of process groups that work under this lock). `fence` beside it counts the holders.
 * A lock counts as left over if the board has booted since, if its guard is gone, if its heartbeat stands still, or if it
 * is our own, from a connection that we have lost; who
 * breaks it first kills what still runs under it. Time is counted in pauses: a board's clock may stand, or jump. At the end of its input, the guard does the same for itself.
 *
 * It prints `wait HOLDER`, `locked FENCE`, `busy HOLDER`, `stuck PIDS`, `fenced HOLDER`, and `ok` after each heartbeat.
 */
export const guardScript = ({ workFolder, holder, waitSeconds, staleSeconds }: GuardOptions): string => `
trap '' HUP TERM PIPE
W=${quote(workFolder)} ME=${quote(holder)}
BOOT=none
read -r BOOT < /proc/sys/kernel/random/boot_id
mkdir -p "$W" || exit 73
ticks=0
nap() { if sleep 0.1 2>/dev/null; then ticks=$((ticks + 1)); else sleep 1; ticks=$((ticks + 10)); fi; }
gone() { [ ! -d "/proc/$1" ] && return 0; read -r s < "/proc/$1/stat" || return 0; case "\${s##*) }" in Z*) return 0;; esac; return 1; }
leads() { read -r s 2>/dev/null < "/proc/$1/stat" || return 1; set -- "$1" \${s##*) }; [ "$4" = "$1" ]; }
end_runners() {
  left=
  [ -f "$1/runners" ] || return 0
  while read -r p; do leads "$p" && kill -9 "-$p" 2>/dev/null; done < "$1/runners"
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    left=
    while read -r p; do leads "$p" && ! gone "$p" && left="$left $p"; done < "$1/runners"
    [ -z "$left" ] && return 0
    nap
  done
}
who() { fence= pid= boot= name=; read -r fence pid boot name 2>/dev/null < "$W/lock/holder"; }
break_lock() {
  mkdir "$W/lock.taking" 2>/dev/null || return 1
  echo $$ > "$W/lock.taking/pid"
  was="$fence $pid"; who
  if [ "$was" = "$fence $pid" ] && mv "$W/lock" "$W/lock.old.$$" 2>/dev/null; then
    [ "$boot" = "$BOOT" ] && end_runners "$W/lock.old.$$"
    rm -rf "$W/lock.old.$$"
  fi
  rm -rf "$W/lock.taking"
  [ -z "$left" ] || { echo "stuck$left"; exit 74; }
}
seen= told= since=0
ticks=0
while ! mkdir "$W/lock" 2>/dev/null; do
  [ -d "$W/lock" ] || [ -w "$W" ] || exit 73
  who
  beat=; read -r beat 2>/dev/null < "$W/lock/beat"
  if [ "$fence $beat" != "$seen" ]; then seen="$fence $beat"; since=$ticks; fi
  if [ -n "$pid" ] && { [ "$boot" != "$BOOT" ] || [ "$name" = "$ME" ] || gone "$pid"; }; then break_lock; nap; continue; fi
  if [ $((ticks - since)) -ge ${staleSeconds * 10} ]; then break_lock; seen=; nap; continue; fi
  if [ -d "$W/lock.taking" ]; then read -r t 2>/dev/null < "$W/lock.taking/pid" && gone "$t" && rm -rf "$W/lock.taking"; fi
  [ "$told" = "$fence" ] || { told=$fence; echo "wait $name"; }
  [ $ticks -lt ${waitSeconds * 10} ] || { echo "busy $name"; exit 75; }
  nap
done
n=0; read -r n 2>/dev/null < "$W/fence"
n=$((n + 1))
echo "$n" > "$W/fence.$$" && mv "$W/fence.$$" "$W/fence"
echo "$n $$ $BOOT $ME" > "$W/lock/holder.$$" && mv "$W/lock/holder.$$" "$W/lock/holder" || { rm -rf "$W/lock"; exit 73; }
echo "locked $n"
while read -r line; do
  who
  [ "$fence" = "$n" ] || { echo "fenced $name"; exit 76; }
  echo "$line" > "$W/lock/beat"
  echo ok
done
who
if [ "$fence" = "$n" ]; then
  end_runners "$W/lock"
  mv "$W/lock" "$W/lock.old.$$" && rm -rf "$W/lock.old.$$"
fi
`;
