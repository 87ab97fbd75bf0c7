import { compare, coerce, gt, lt } from 'semver';
import { HilError, type RetryAdvice } from '../hil-error.ts';

// The vendor's rules are in no single document: they come from the release notes of toolkit and driver, and from what
// users report. Numbers in the table are the vendor's.

/** Parts of a stack that do not work together. Nothing has been run. */
export class IncompatibleStackError extends HilError {
  readonly code = 'HIL_SDK_INCOMPATIBLE';
  readonly owner = 'spec';
  override readonly retry: RetryAdvice = 'other-board';

  constructor(board: string, { problem, hint }: Incompatibility) {
    super(`board ${board} cannot run this: ${problem}`, { hint });
  }
}

export interface Incompatibility {
  readonly rule: 'kernel-driver' | 'toolkit' | 'precompiled' | 'family';
  readonly problem: string;
  readonly hint: string;
}

/** Releases of the runtime and the driver build that belongs to each, oldest first. */
const driverGenerations: readonly (readonly [since: string, driver: string])[] = [
  ['0.9.8', '6.3.3.3718'],
  ['1.1.0', '6.4.0.213404'],
  ['1.3.0', '6.4.0.227915'],
  ['1.6.0', '6.4.3.5.293908'],
  ['1.7.0', '6.4.6.5.351518'],
];

/**
 * The driver build that belongs to a release of the runtime; undefined for 1.3.2 to 1.5, where documents and texts of
 * the driver differ, and for releases that are not known.
 */
export function driverOf(runtime: string): string | undefined {
  const version = coerce(runtime)?.version;
  if (version === undefined || lt(version, '0.9.8') || gt(version, '1.7.5')) return undefined;
  if (!lt(version, '1.3.1') && lt(version, '1.6.0')) return undefined;
  return driverGenerations.findLast(([since]) => !lt(version, since))?.[1];
}

/**
 * User space and kernel module must be of one build.
 *
 * @param userDriver - What the runtime says (`drv_version`): a constant of its own, e.g. `6.4.6.5.351518`.
 * @param kernelDriver - What the kernel said when it loaded galcore; older builds print three numbers for the same.
 */
export function checkKernelDriver(
  userDriver: string,
  kernelDriver: string | undefined,
): Incompatibility | undefined {
  // Releases before 1.6.0 have no such constant, and documents print some builds in several ways: only a difference
  // between two known builds is one.
  if (kernelDriver === undefined || !isKnown(userDriver) || !isKnown(kernelDriver)) return undefined;
  if (buildOf(userDriver) === buildOf(kernelDriver)) return undefined;
  return {
    rule: 'kernel-driver',
    problem: `its kernel driver galcore is ${kernelDriver}, but the SDK's user space was made for ${userDriver}; the two must be of one build`,
    hint: `Use an SDK of the installed driver's generation (${sdksOf(kernelDriver)}), or install galcore.ko ${userDriver} and reboot.`,
  };
}

/** `6.4.3.5.293908` and `6.4.3.293908` are one build: the first three numbers, and the last. */
const buildOf = (version: string): string => {
  const numbers = version.split('.');
  return [...numbers.slice(0, 3), numbers.at(-1)].join('.');
};

const isKnown = (driver: string): boolean =>
  driverGenerations.some(([, known]) => buildOf(known) === buildOf(driver));

function sdksOf(driver: string): string {
  const index = driverGenerations.findIndex(([, known]) => buildOf(known) === buildOf(driver));
  const [since] = driverGenerations[index]!;
  const next = driverGenerations[index + 1]?.[0];
  return next === undefined ? `${since} or later` : `${since} to before ${next}`;
}

/** Before 1.2.1 a toolkit and the runtime that belongs to it have different numbers. */
const runtimeOfToolkit: Readonly<Record<string, string>> = {
  '1.0.0': '0.9.8',
  '1.1.0': '1.0.0',
  '1.2.0': '1.1.0',
  '1.2.1': '1.2.0',
};

function runtimeFor(toolkit: string | undefined): string | undefined {
  const version = coerce(toolkit)?.version;
  return version === undefined ? undefined : (runtimeOfToolkit[version] ?? version);
}

/** What a model file says about itself. */
export interface ModelOrigin {
  /** Toolkit that built it, e.g. `1.7.5b1`. */
  readonly toolkit?: string | undefined;
  readonly precompiled: boolean;
  /** As the file has it, e.g. `RK1808`; files of toolkits before 1.3.2 name none. */
  readonly targetPlatforms: readonly string[];
}

const families: readonly (readonly string[])[] = [
  ['RK1808', 'RK3399PRO', 'RK1806'],
  ['RV1109', 'RV1126', 'RK1109', 'RK1126'],
  ['RK3566'],
];

/** The chips that run each other's models, in capitals; undefined for a chip that is not known. */
export const familyOf = (chip: string): readonly string[] | undefined =>
  families.find((members) => members.includes(chip.toUpperCase()));

/** Whether a model can run on a board with a runtime: what the vendor's loader would answer with -6, -11 or -13. */
export function checkModel(
  { toolkit, precompiled, targetPlatforms }: ModelOrigin,
  { runtime, chip }: { readonly runtime: string; readonly chip: string },
): Incompatibility | undefined {
  const family = familyOf(chip);
  const foreign = targetPlatforms.filter((name) => family && !family.includes(name.toUpperCase()));
  if (targetPlatforms.length > 0 && foreign.length === targetPlatforms.length) {
    return {
      rule: 'family',
      problem: `the model is built for ${foreign.join(', ')}, the chip is ${chip}`,
      hint: `Convert it with target_platform ${chip.toLowerCase()}.`,
    };
  }
  const built = runtimeFor(toolkit);
  const found = coerce(runtime)?.version;
  if (built === undefined || found === undefined) return undefined;
  if (precompiled) {
    const [needed, present] = [driverOf(built), driverOf(found)];
    if (needed === undefined || present === undefined || needed === present) return undefined;
    return {
      rule: 'precompiled',
      problem: `the model was precompiled by toolkit ${toolkit} for driver ${needed}, but SDK ${runtime} has driver ${present}`,
      hint: 'Compile the model again for this SDK: a precompiled model is tied to the generation of the driver.',
    };
  }
  if (compare(built, found) <= 0) return undefined;
  return {
    rule: 'toolkit',
    problem: `the model was built by toolkit ${toolkit}, which is newer than SDK ${runtime} on the board`,
    hint: `Convert it with toolkit ${runtime} or older, or use SDK ${built} or later on the board.`,
  };
}
