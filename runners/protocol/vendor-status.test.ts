import { expect, test } from 'vitest';
import { vendorStatuses, VendorStatusError } from './vendor-status.ts';

test('explains every code of the vendor’s header, -1 to -14', () => {
  expect([...vendorStatuses.keys()]).toEqual(Array.from({ length: 14 }, (_, i) => -1 - i));
  for (const [status, { hint }] of vendorStatuses) {
    const error = new VendorStatusError('rknn_init', status, '');

    expect(error.message).toMatch(new RegExp(`^rknn_init failed: .{10,} \\([A-Z_]+, ${status}\\)$`));
    expect(hint).toMatch(/\.$/);
  }
});

test('says of -13 that the model is for another chip, and that the spec’s author can act', () => {
  const error = new VendorStatusError('rknn_init', -13, '');

  expect(error).toMatchObject({
    code: 'HIL_VENDOR_TARGET_PLATFORM_UNMATCH',
    owner: 'spec',
    message: 'rknn_init failed: the model was built for another chip family (TARGET_PLATFORM_UNMATCH, -13)',
    hint: 'Convert the model again with target_platform rk1808.',
  });
});

test('leaves open who is to blame when a loaded network does not run', () => {
  expect(new VendorStatusError('rknn_run', -1, '')).toMatchObject({
    owner: 'undecided',
    retry: 'same-board',
  });
  expect(new VendorStatusError('rknn_run', -3, '')).toMatchObject({ owner: 'undecided' });
  expect(new VendorStatusError('rknn_init', -3, '')).toMatchObject({ owner: 'lab', retry: 'other-board' });
});

test('shows the last lines that the board printed', () => {
  const log = 'one\ntwo\nthree\nfour\n\nrknn model target platform[0] is RV1126\n';

  const { message } = new VendorStatusError('rknn_init', -13, log);

  expect(message).toMatch(
    /; the board printed:\ntwo\nthree\nfour\nrknn model target platform\[0\] is RV1126$/,
  );
});

test('has a sentence for a status that nobody knows', () => {
  expect(new VendorStatusError('rknn_query', -99, '').message).toBe(
    'rknn_query failed: a status that the vendor’s header does not list (UNKNOWN, -99)',
  );
});
