import { expect, test } from 'vitest';
import { readText } from './read-text.ts';
import { SpecError } from './spec-error.ts';
import { temporaryProject } from './temporary-project.ts';

test('reads UTF-8, and leaves a byte order mark out', () => {
  using place = temporaryProject({ 'a.yaml': Buffer.from('\ufeffname: 猫', 'utf8') });

  expect(readText(place.path('a.yaml'), 'a.yaml')).toBe('name: 猫');
});

test.each([
  ['Latin-1', Buffer.from('name: käse', 'latin1'), 'a.yaml: is not UTF-8 text'],
  ['UTF-16', Buffer.from('\ufeffname: x', 'utf16le'), 'a.yaml: is not UTF-8 text'],
  ['far too much', Buffer.alloc(8 * 2 ** 20 + 1), 'a.yaml: has 8388609 bytes; the limit is 8388608'],
])('refuses %s', (_, bytes, message) => {
  using place = temporaryProject({ 'a.yaml': bytes });

  expect(() => readText(place.path('a.yaml'), 'a.yaml')).toThrow(SpecError);
  expect(() => readText(place.path('a.yaml'), 'a.yaml')).toThrow(message);
});

test('does not wait for a device', () => {
  expect(() => readText('/dev/zero', 'zero.yaml')).toThrow('zero.yaml: is no plain file');
});

test('says why a file cannot be read', () => {
  expect(() => readText('/nowhere/a.yaml', 'a.yaml')).toThrow(/^a\.yaml: cannot be read: ENOENT/);
});
