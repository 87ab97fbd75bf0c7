import type { RealServerOptions } from './real-server.ts';

const deviceNodeMounts = `
mkdir "$ROOT/dev" "$ROOT/dev/pts" "$ROOT/dev/shm"
for node in null zero full tty random urandom ptmx; do touch "$ROOT/dev/$node"; mount --bind "/dev/$node" "$ROOT/dev/$node"; done
mount --bind /dev/pts "$ROOT/dev/pts"
ln -s /proc/self/fd "$ROOT/dev/fd"
touch "$ROOT/dev/galcore"
mount --rbind "$ROOT/dev" /dev`;

/**
 * Gives a board the NPU's device node, as far as files go: no driver can be loaded for tests, so a plain file stands for
 * it. Who holds it open is told by the real /proc, which has the board's own processes only: another test may have a
 * board like this.
 */
export const withDeviceNode = {
  mounts: deviceNodeMounts,
  ownProcesses: true,
} satisfies Partial<RealServerOptions>;

/** Mounts that give a board one sensor of heat in place of those that this machine may have. @param celsius - Its value at first. */
export const sensorMounts = (celsius: number): string => `
mkdir -p "$ROOT/class/thermal/thermal_zone0"
echo soc-thermal > "$ROOT/class/thermal/thermal_zone0/type"
echo ${celsius * 1000} > "$ROOT/class/thermal/thermal_zone0/temp"
mount --bind "$ROOT/class" /sys/class`;
