import { readFile, stat } from 'node:fs/promises';
import type { BoardModel } from '../board/session.ts';
import { HilError } from '../hil-error.ts';
import { sha256Hex } from '../tensor/content-hash.ts';

/** The board's model file cannot be read. */
export class BoardModelUnreadableError extends HilError {
  readonly code = 'HIL_MODEL_UNREADABLE';
  readonly owner = 'spec';
}

/** Reads model files for boards, keeping the last one: the cases of a spec share it. */
export class BoardModels {
  #last: { readonly stamp: string; readonly model: BoardModel } | undefined;

  /** @throws {BoardModelUnreadableError} */
  async read(path: string): Promise<BoardModel> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${path} ${mtimeMs} ${size} ${ino}`;
      if (this.#last?.stamp !== stamp) {
        const bytes = await readFile(path);
        this.#last = { stamp, model: { path, bytes, sha256: sha256Hex(bytes) } };
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
