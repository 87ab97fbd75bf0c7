import { readFile, stat } from 'node:fs/promises';
import { type ComponentVersion, parseComponentVersion } from '../board/sdk-stack.ts';
import type { BoardModel } from '../board/session.ts';
import { HilError } from '../hil-error.ts';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import { sha256Hex } from '../tensor/content-hash.ts';

/** The board's model file cannot be read. */
export class BoardModelUnreadableError extends HilError {
  readonly code = 'HIL_MODEL_UNREADABLE';
  readonly owner = 'spec';
}

/** A model file with what it says of its making. */
export interface ModelFile extends BoardModel {
  /** The toolkit that built it; undefined where the file does not say, or is none that we can read. */
  readonly toolkit: ComponentVersion | undefined;
}

/** Reads model files for boards, keeping the last one: the cases of a spec share it. */
export class BoardModels {
  #last: { readonly stamp: string; readonly model: ModelFile } | undefined;

  /** @throws {BoardModelUnreadableError} */
  async read(path: string): Promise<ModelFile> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${path} ${mtimeMs} ${size} ${ino}`;
      if (this.#last?.stamp !== stamp) {
        const bytes = await readFile(path);
        this.#last = {
          stamp,
          model: { path, bytes, sha256: sha256Hex(bytes), toolkit: toolkitOf(bytes, path) },
        };
      }
      return this.#last.model;
    } catch (cause) {
      throw new BoardModelUnreadableError(`the board's model ${path} cannot be read`, {
        hint: 'Check the path in the spec (model.board) and the file’s permissions.',
        cause,
      });
    }
  }
}

/** What is wrong with a file is for the board to say: it may be none of ours to read, and run there all the same. */
function toolkitOf(bytes: Uint8Array, path: string): ComponentVersion | undefined {
  try {
    const { version } = readRknn(bytes, path).trailer;
    return version === undefined ? undefined : parseComponentVersion(version);
  } catch {
    return undefined;
  }
}
