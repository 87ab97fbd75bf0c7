import { expect, test } from 'vitest';
import { brokenNetwork, passed, passedOnHardware } from '../fixture-run.ts';
import { boardLabel, stackLabel, targetLabel } from './target.ts';

test('a stand-in is marked wherever a board is named, and a real board is not', () => {
  expect(boardLabel(passed.target)).toBe('virtual (simulated)');
  expect(targetLabel(passed.target)).toBe('virtual (simulated), SDK 1.7.5, fp16');
  expect(targetLabel(passedOnHardware.target)).toBe('farm-3, SDK 1.6.0, u8');
});

test('the SDK stack names the parts whose versions differ', () => {
  expect(stackLabel(passed.target)).toBe('1.7.5 (toolkit 1.7.1)');
  expect(stackLabel(passedOnHardware.target)).toBe('1.6.0 (driver 6.4.3.5.293908)');
  expect(stackLabel(brokenNetwork.target)).toBe('1.6.0');
});
