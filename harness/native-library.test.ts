import { expect, test } from 'vitest';
import { loadNative, NativeLibraryError } from './native-library.ts';

const missing: string = 'not-there';

test('a library that loads is handed on', async () => {
  expect(await loadNative('path', () => Promise.resolve('the library'))).toBe('the library');
});

test.each([
  [
    'not installed',
    'not-there',
    () => import(missing),
    /^not-there cannot be loaded on this machine \(\w+ \w+, Node [\d.]+\): .*not-there/,
  ],
  [
    'of another system',
    'engine',
    () => Promise.reject(new Error('engine.node: file too short')),
    /: engine\.node: file too short$/,
  ],
  [
    'whose own parts are missing',
    'engine',
    () => Promise.reject(new Error("Cannot find module 'x'\nRequire stack:\n- /somewhere/a.js")),
    /: Cannot find module 'x'$/,
  ],
])('one that is %s is the machine’s trouble, with a next step', async (_, library, load, message) => {
  const loading = loadNative<unknown>(library, load);

  await expect(loading).rejects.toBeInstanceOf(NativeLibraryError);
  await expect(loading).rejects.toMatchObject({
    code: 'HIL_NATIVE_LIBRARY',
    owner: 'lab',
    message: expect.stringMatching(message) as string,
    hint: expect.stringContaining('Run `npm ci` on this machine') as string,
  });
});
