import { describe, expect, test } from 'vitest';
import { checkKernelDriver, checkModel, driverOf, IncompatibleStackError } from './compatibility.ts';

// Numbers are the vendor's: table of components that belong together in its user guide.
describe('the driver build of a runtime', () => {
  test.each([
    ['0.9.9', '6.3.3.3718'],
    ['1.2.0', '6.4.0.213404'],
    ['1.3.0', '6.4.0.227915'],
    ['1.6.0', '6.4.3.5.293908'],
    ['1.6.1', '6.4.3.5.293908'],
    ['1.7.0', '6.4.6.5.351518'],
    ['1.7.5', '6.4.6.5.351518'],
  ])('%s is %s', (runtime, driver) => {
    expect(driverOf(runtime)).toBe(driver);
  });

  test.each(['1.4.0', '1.5.1', '2.0.0', 'none'])('of %s is not known for certain', (runtime) => {
    expect(driverOf(runtime)).toBeUndefined();
  });
});

describe('user space against the kernel driver', () => {
  test.each([
    ['6.4.6.5.351518', '6.4.6.5.351518'],
    ['6.4.3.5.293908', '6.4.3.293908'],
    ['6.4.6.5.351518', undefined],
    ['6.4.6.5.351518', '6.4.7.1'],
    ['none', '6.4.6.5.351518'],
  ])('%s with %s is nothing to complain about', (user, kernel) => {
    expect(checkKernelDriver(user, kernel)).toBeUndefined();
  });

  test('of two generations is refused, with both numbers and both ways out', () => {
    const found = checkKernelDriver('6.4.6.5.351518', '6.4.3.293908')!;

    expect(new IncompatibleStackError('stick', found)).toMatchObject({
      code: 'HIL_SDK_INCOMPATIBLE',
      owner: 'spec',
      message:
        "board stick cannot run this: its kernel driver galcore is 6.4.3.293908, but the SDK's user space was made for 6.4.6.5.351518; the two must be of one build",
      hint: "Use an SDK of the installed driver's generation (1.6.0 to before 1.7.0), or install galcore.ko 6.4.6.5.351518 and reboot.",
    });
  });
});

describe('a model on a runtime', () => {
  const model = { toolkit: '1.7.3', precompiled: false, targetPlatforms: ['RK1808'] };
  const board = { runtime: '1.7.3', chip: 'RK1808' };

  test.each([
    ['of the same release', model, board],
    ['that is older', { ...model, toolkit: '1.6.0' }, board],
    ['of a beta of the release', { ...model, toolkit: '1.7.3b2' }, board],
    ['that names no platform, as before 1.3.2', { ...model, targetPlatforms: [] }, board],
    ['for the co-processor of the same family', { ...model, targetPlatforms: ['RK3399PRO'] }, board],
    ['for several platforms of which one fits', { ...model, targetPlatforms: ['RV1126', 'RK1808'] }, board],
    ['precompiled for the same generation', { ...model, toolkit: '1.7.0', precompiled: true }, board],
    ['that does not say who built it', { ...model, toolkit: undefined }, board],
    [
      'of toolkit 1.0.0, whose runtime is 0.9.8',
      { ...model, toolkit: '1.0.0' },
      { ...board, runtime: '0.9.8' },
    ],
  ])('%s is taken', (_, origin, target) => {
    expect(checkModel(origin, target)).toBeUndefined();
  });

  test.each([
    [
      'toolkit',
      { ...model, toolkit: '1.7.5' },
      board,
      'built by toolkit 1.7.5, which is newer than SDK 1.7.3',
    ],
    [
      'precompiled',
      { ...model, toolkit: '1.6.1', precompiled: true },
      board,
      'precompiled by toolkit 1.6.1 for driver 6.4.3.5.293908, but SDK 1.7.3 has driver 6.4.6.5.351518',
    ],
    ['family', { ...model, targetPlatforms: ['RV1126'] }, board, 'built for RV1126, the chip is RK1808'],
  ])('is refused by the rule %s', (rule, origin, target, problem) => {
    const found = checkModel(origin, target);

    expect(found).toMatchObject({ rule, problem: expect.stringContaining(problem) });
  });
});
