import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BoardModel } from '../../board/session.ts';
import { HilError } from '../../hil-error.ts';
import { whyUnreadable } from '../../inspect/why-unreadable.ts';
import { sha256Hex } from '../../tensor/content-hash.ts';
import type { Io } from '../io.ts';

/** A model file of the command line that cannot be read. */
export class ModelFileError extends HilError {
  readonly code = 'HIL_MODEL_FILE';
  readonly owner = 'spec';
}

export interface ModelOnDisk extends BoardModel {
  /** The path as the person wrote it. */
  readonly file: string;
}

/** @throws {ModelFileError} */
export async function readModelFile(file: string, { cwd }: Pick<Io, 'cwd'>): Promise<ModelOnDisk> {
  try {
    const bytes = await readFile(resolve(cwd, file));
    return { file, path: file, bytes, sha256: sha256Hex(bytes) };
  } catch (cause) {
    throw new ModelFileError(`${file} cannot be read: ${whyUnreadable(cause)}`, {
      hint: 'Check the path, seen from here, and the file’s permissions.',
      cause,
    });
  }
}
