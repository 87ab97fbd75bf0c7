/** Exit status of the supervising shell where the folder to run in is gone; no program gives it by itself. */
export const folderGoneStatus = 125;

/**
 * Runs a program under supervision: its group dies with the connection (the shell's standard input ends then), and at
 * the latest after some seconds, so that nothing is left on a board whose harness was killed. The last line tells how
 * the program ended, even if something that it left behind still holds its standard output. Positional parameters: a nonce,
 * the folder to run in, the limit in seconds, how many variables follow, the variables (NAME=value), the program and its
 * arguments. For any POSIX shell with `cat` and `sleep`; no word of a spec is part of its text.
 */
export const superviseScript = `hil_nonce=$1; hil_limit=$3; hil_left=$4
cd "$2" || exit ${folderGoneStatus}
shift 4
exec 3<&0
{ cat <&3; kill -9 -$$; } >/dev/null 2>&1 &
{ sleep "$hil_limit"; kill -9 -$$; } >/dev/null 2>&1 3<&- &
exec 3<&-
(
  while [ "$hil_left" -gt 0 ]; do export "$1"; shift; hil_left=$((hil_left - 1)); done
  HIL_RUN=$hil_nonce; export HIL_RUN
  exec "$@"
) </dev/null
echo "
hil-end=$hil_nonce $?"`;

/**
 * Kills what has left the program's group, by the nonce in its environment. Positional parameter: the nonce.
 */
export const sweepScript = `grep -l "HIL_RUN=$1" /proc/[0-9]*/environ 2>/dev/null | while read -r file; do
pid=\${file#/proc/}; kill -9 "\${pid%/environ}"; done`;

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
