import { HilError } from './hil-error.ts';

/** A library with native code that this machine does not load: not installed, or installed for another system. */
export class NativeLibraryError extends HilError {
  readonly code = 'HIL_NATIVE_LIBRARY';
  readonly owner = 'lab';

  constructor(library: string, cause: unknown) {
    const machine = `${process.platform} ${process.arch}, Node ${process.versions.node}`;
    // The list of files that required it says nothing to people.
    const [problem] = (cause instanceof Error ? cause.message : String(cause)).split('\nRequire stack');
    super(`${library} cannot be loaded on this machine (${machine}): ${problem}`, {
      hint:
        'Run `npm ci` on this machine: node_modules from another system or another Node does not fit. ' +
        `If it stays, look whether ${library} has binaries for this system; \`npx hil doctor\` checks again.`,
      cause,
    });
  }
}

/** @throws {NativeLibraryError} If `load` fails. */
export async function loadNative<T>(library: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new NativeLibraryError(library, cause);
  }
}
