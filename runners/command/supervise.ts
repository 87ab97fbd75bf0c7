/** Exit status of the supervising shell where the folder to run in is gone; no program gives it by itself. */
export const folderGoneStatus = 125;

/**
 * Marks every process of one run: they inherit it, whatever else they do. Some servers share their own process group with
 * what they start, so a group cannot tell ours from theirs.
 */
export const runVariable = 'HIL_RUN';

/**
 * Runs a program under supervision: all that carries the run's mark dies with the connection (the shell's standard input
 * ends then), and at the latest after some seconds, so that nothing is left on a board whose harness was killed. The last
 * line tells how the program ended, even if something that it left behind still holds its standard output. The mark is
 * in the environment already. Positional parameters: the folder to run in, the limit in seconds, how many variables
 * follow, the variables (NAME=value), the program and its arguments. For any POSIX shell with `cat`, `grep` and `sleep`;
 * no word of a spec is part of its text.
 */
export const superviseScript = `hil_limit=$2; hil_left=$3
cd "$1" || exit ${folderGoneStatus}
shift 3
hil_end() {
  read -r hil_self hil_rest < /proc/self/stat
  for hil_file in /proc/[0-9]*/environ; do
    hil_pid=\${hil_file#/proc/}; hil_pid=\${hil_pid%/environ}
    [ "$hil_pid" = "$hil_self" ] && continue
    grep -q "${runVariable}=$${runVariable}" "$hil_file" 2>/dev/null && kill -9 "$hil_pid"
  done
}
exec 3<&0
{ cat <&3; hil_end; } >/dev/null 2>&1 &
{ sleep "$hil_limit"; hil_end; } >/dev/null 2>&1 3<&- &
exec 3<&-
(
  while [ "$hil_left" -gt 0 ]; do export "$1"; shift; hil_left=$((hil_left - 1)); done
  exec "$@"
) </dev/null
echo "
hil-end=$${runVariable} $?"`;

/**
 * Kills all that carries a run's mark, and looks until it is gone; a zombie has no environment any more. Positional
 * parameter: the run's name. Exit status 1, with what is left, if something does not die.
 */
export const sweepScript = `for hil_pause in 0 0 1 1 1; do
  hil_left=$(grep -ls "${runVariable}=$1" /proc/[0-9]*/environ 2>/dev/null)
  [ -z "$hil_left" ] && exit 0
  for hil_file in $hil_left; do hil_pid=\${hil_file#/proc/}; kill -9 "\${hil_pid%/environ}" 2>/dev/null; done
  sleep $hil_pause
done
echo $hil_left
exit 1`;

/** Where in some output the last line of {@link superviseScript} begins, and the status it tells; undefined before it came. */
export function findTrailer(
  output: Buffer,
  nonce: string,
): { readonly at: number; readonly status: number } | undefined {
  const at = output.lastIndexOf(`\nhil-end=${nonce} `);
  if (at === -1) return undefined;
  const status = /^\nhil-end=\w+ (\d+)\n/.exec(output.toString('latin1', at))?.[1];
  return status === undefined ? undefined : { at, status: Number(status) };
}
