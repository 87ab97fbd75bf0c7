import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { HilError } from '../hil-error.ts';
import { writeDurably } from '../store/durable-file.ts';
import { FileUnreadableError } from './file-hash.ts';
import { decodeGolden, encodeGolden, GoldenDamagedError } from './golden-files.ts';
import type { Golden, GoldenName } from './golden.ts';
import { goldenNameOf, goldenPath } from './golden-path.ts';

/** The goldens that a project keeps under version control. */
export interface GoldenStore {
  /**
   * @returns undefined if none is stored.
   * @throws {HilError} Owner `spec`: the name is no place for a golden, or its files are damaged.
   */
  read(name: GoldenName): Promise<Golden | undefined>;
  /**
   * Replaces what is stored under the name; each file is there whole or not at all.
   *
   * @throws {GoldenNotWrittenError}
   */
  write(name: GoldenName, golden: Golden): Promise<void>;
  /** All that are stored, sorted by folder and input. */
  list(): Promise<GoldenName[]>;
}

/** A golden was computed but cannot be stored. */
export class GoldenNotWrittenError extends HilError {
  readonly code = 'HIL_GOLDEN_WRITE';
  readonly owner = 'spec';

  constructor(path: string, cause: unknown) {
    super(`the golden ${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'Check that the disk has room and that the folder may be written to.',
      cause,
    });
  }
}

/**
 * Goldens as files: `<folder>/<input>.json`, the manifest, and `<folder>/<input>.npz`, the outputs.
 *
 * @param root - The project's golden folder, absolute; made when the first golden is written.
 */
export function createGoldenStore(root: string): GoldenStore {
  return {
    async read(name) {
      const path = goldenPath(root, name);
      const [manifest, outputs] = await Promise.all([
        readIfThere(`${path}.json`),
        readIfThere(`${path}.npz`),
      ]);
      if (manifest === undefined && outputs === undefined) return undefined;
      const shown = [basename(root), ...relative(root, path).split(sep)].join('/');
      if (manifest === undefined) throw new GoldenDamagedError(shown, 'its .json file is missing');
      if (outputs === undefined) throw new GoldenDamagedError(shown, 'its .npz file is missing');
      return decodeGolden({ manifest: manifest.toString('utf8'), outputs }, shown, 'stored');
    },
    async write(name, golden) {
      const path = goldenPath(root, name);
      const { manifest, outputs } = encodeGolden(golden);
      try {
        // The manifest last: it says what the other file must hold, so that a crash in between is noticed.
        await writeDurably(`${path}.npz`, outputs);
        await writeDurably(`${path}.json`, manifest);
      } catch (cause) {
        throw new GoldenNotWrittenError(path, cause);
      }
    },
    async list() {
      const names = (await manifestsUnder(root)).map((path) => goldenNameOf(relative(root, path)));
      return names.sort((a, b) => compareTexts(a.folder, b.folder) || compareTexts(a.input, b.input));
    },
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FileUnreadableError(path, error);
  }
}

async function manifestsUnder(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FileUnreadableError(root, error);
  }
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
