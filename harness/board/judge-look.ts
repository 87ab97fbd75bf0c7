import { checkKernelDriver, driverOf } from './compatibility.ts';
import type { BoardLook, ClockLook, Finding } from './board-look.ts';
import { parseComponentVersion } from './sdk-stack.ts';

/** What a look at a board is held against. */
export interface LookExpectations {
  /** As the inventory has it, e.g. `RK1808`. */
  readonly chip: string;
  readonly simulated: boolean;
  readonly minFreeMiB: number;
  /** In °C. */
  readonly maxTemperature: number;
  readonly configuredWorkFolder: string;
}

/** Less than this, and the first load of a model may find no memory. */
const leastMemoryMiB = 128;
const skewToMentionSeconds = 120;

/** What is good about a board, what is doubtful, and what is to be done about it. */
export function judgeLook(look: BoardLook, expected: LookExpectations): Finding[] {
  return [
    { check: 'server', level: 'ok', message: look.server },
    { check: 'kernel', level: 'ok', message: `${look.uname}${uptimeOf(look)}` },
    judgeChip(look, expected),
    judgeMemory(look),
    judgeWorkFolder(look, expected),
    judgeDisk(look, expected),
    judgeClockSkew(look),
    ...judgeDriver(look, expected),
    ...judgeLibraries(look, expected),
    judgeClock('NPU clock', look.npuClock, expected),
    judgeClock('CPU clock', look.cpuClock, expected),
    judgeTemperature(look, expected),
    judgeUsers(look),
    judgeLeftovers(look),
  ];
}

const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });
const warn = (check: string, message: string, hint: string): Finding => ({
  check,
  level: 'warn',
  message,
  hint,
});
const fail = (check: string, message: string, hint: string): Finding => ({
  check,
  level: 'fail',
  message,
  hint,
});
const mib = (kib: number): string => `${Math.round(kib / 1024)} MiB`;

const uptimeOf = ({ uptimeSeconds }: BoardLook): string =>
  uptimeSeconds === undefined ? '' : `, up ${(uptimeSeconds / 3600).toFixed(1)} h`;

function judgeChip({ compatible }: BoardLook, { chip, simulated }: LookExpectations): Finding {
  const text = compatible.join(', ');
  if (simulated) return ok('chip', `${chip}, simulated${text === '' ? '' : ` (on ${text})`}`);
  if (text === '') {
    return warn(
      'chip',
      `not told by /proc/device-tree; the inventory says ${chip}`,
      `Make sure that this is an ${chip}.`,
    );
  }
  const found = compatible.find((name) => name.toLowerCase().includes(chip.toLowerCase()));
  if (found !== undefined) return ok('chip', text);
  return fail(
    'chip',
    `${text}; the inventory says ${chip}`,
    'Correct host or chip in the board’s entry in hil.config.yaml.',
  );
}

function judgeMemory({ memory }: BoardLook): Finding {
  if (memory === undefined) return warn('memory', 'cannot be read', 'Look at /proc/meminfo on the board.');
  const message = `${mib(memory.availableKiB)} free of ${mib(memory.totalKiB)}`;
  if (memory.availableKiB >= leastMemoryMiB * 1024) return ok('memory', message);
  return warn(
    'memory',
    message,
    'Stop what uses it (ps, top): loading a model that is not precompiled takes most.',
  );
}

function judgeWorkFolder(
  { workFolder, notes }: BoardLook,
  { configuredWorkFolder }: LookExpectations,
): Finding {
  if (notes.length === 0) return ok('work folder', workFolder);
  return warn(
    'work folder',
    notes.join('; '),
    `Make ${configuredWorkFolder} usable, or name another folder under workFolder. What lies in memory is gone after a reboot.`,
  );
}

function judgeDisk({ disk, cacheKiB, workFolder }: BoardLook, { minFreeMiB }: LookExpectations): Finding {
  if (disk === undefined) return warn('disk', 'cannot be read', `Try df -Pk ${workFolder} on the board.`);
  const ours = cacheKiB === undefined ? '' : `, our files take ${mib(cacheKiB)}`;
  const message = `${mib(disk.freeKiB)} free of ${mib(disk.totalKiB)}${ours}`;
  if (disk.freeInodes === 0)
    return fail(
      'disk',
      `${message}, but no inode is free`,
      'Delete files on the board; df -i shows the count.',
    );
  if (disk.freeKiB >= minFreeMiB * 1024) return ok('disk', message);
  return warn(
    'disk',
    `${message}; uploads are to leave ${minFreeMiB} MiB`,
    'Free some: hil board clean removes our files, or choose another workFolder.',
  );
}

function judgeClockSkew({ clockAheadSeconds }: BoardLook): Finding {
  if (clockAheadSeconds === undefined) return ok('clock', 'cannot be read; it is not needed');
  const off = Math.abs(clockAheadSeconds);
  if (off < skewToMentionSeconds) return ok('clock', 'right');
  const direction = clockAheadSeconds > 0 ? 'ahead' : 'behind';
  return ok('clock', `${off} s ${direction}, which does no harm: the board’s time is never used`);
}

function judgeDriver({ galcore, libraries }: BoardLook, { simulated }: LookExpectations): Finding[] {
  if (simulated) return [ok('NPU driver', 'none: the NPU is simulated')];
  if (!galcore.node) {
    const problem = galcore.loaded
      ? 'galcore is loaded, but /dev/galcore is missing'
      : 'galcore is not loaded';
    return [
      fail(
        'NPU driver',
        problem,
        'Load it (insmod /lib/modules/galcore.ko, or /etc/init.d/S60NPU_init start), and see dmesg for why it is not loaded: the module must be built for this kernel.',
      ),
    ];
  }
  const runtimes = libraries
    .map(({ says }) => /librknn_runtime version (.*)/.exec(says)?.[1] ?? '')
    .filter(Boolean);
  if (galcore.version === undefined) {
    return [
      warn(
        'NPU driver',
        'loaded; its version is no longer in the kernel’s log',
        'Reboot to see it: dmesg | grep -i galcore. Until then nothing shows that it fits the libraries.',
      ),
    ];
  }
  const wrong = runtimes.flatMap((says) => {
    const runtime = parseComponentVersion(says).version;
    const needed = driverOf(runtime);
    const found = needed && checkKernelDriver(needed, galcore.version);
    return found ? [{ runtime, ...found }] : [];
  });
  const [first] = wrong;
  if (first === undefined) return [ok('NPU driver', `galcore ${galcore.version}`)];
  // Several SDKs may lie side by side; the one that is installed counts when it is run.
  const finding = wrong.length === runtimes.length ? fail : warn;
  return [finding('NPU driver', `with librknn_runtime ${first.runtime}: ${first.problem}`, first.hint)];
}

function judgeLibraries({ libraries }: BoardLook, { simulated }: LookExpectations): Finding[] {
  if (libraries.length > 0) return libraries.map(({ path, says }) => ok('library', `${path}: ${says}`));
  if (simulated) return [ok('library', 'no vendor library is installed; the config brings its own')];
  return [
    warn(
      'library',
      'no vendor library found',
      'Install the driver package (drivers/linux-aarch64 of the vendor’s release), or bring its libraries: `libraries` in hil.config.yaml.',
    ),
  ];
}

function judgeClock(check: string, clock: ClockLook | undefined, { simulated }: LookExpectations): Finding {
  if (clock === undefined) return ok(check, simulated ? 'not told' : 'not told; it matters for times only');
  const at = clock.currentHz === undefined ? '' : ` at ${clock.currentHz / 1e6} MHz`;
  const top = clock.maximumHz === undefined ? '' : ` of ${clock.maximumHz / 1e6} MHz`;
  return ok(check, `${clock.governor}${at}${top}`);
}

function judgeTemperature({ temperatures }: BoardLook, { maxTemperature }: LookExpectations): Finding {
  if (temperatures.length === 0) return ok('temperature', 'not told');
  const hottest = temperatures.reduce((a, b) => (b.celsius > a.celsius ? b : a));
  const message = `${hottest.celsius} °C (${hottest.sensor})`;
  if (hottest.celsius <= maxTemperature) return ok('temperature', message);
  return warn(
    'temperature',
    `${message}, above ${maxTemperature} °C`,
    'Let it cool, and look at its heat sink: a hot board slows down.',
  );
}

function judgeUsers({ npuUsers, ourProcesses }: BoardLook): Finding {
  const ours = new Set(ourProcesses.map(({ pid }) => pid));
  const foreign = npuUsers.filter(({ pid }) => !ours.has(pid));
  if (foreign.length === 0) return ok('NPU users', 'nobody else');
  const names = foreign.map(({ pid, command }) => `${command} (${pid})`).join(', ');
  return warn('NPU users', names, 'They disturb times, and may hold memory: stop them while tests run.');
}

function judgeLeftovers({ leftovers, ourProcesses }: BoardLook): Finding {
  const found = [
    ...ourProcesses.map(({ pid, command }) => `process ${pid} (${command})`),
    ...(leftovers.length === 0 ? [] : [`${leftovers.length} unfinished uploads`]),
  ];
  if (found.length === 0) return ok('leftovers', 'none');
  return warn('leftovers', found.join(', '), 'If no run uses the board now: npx hil board clean.');
}
