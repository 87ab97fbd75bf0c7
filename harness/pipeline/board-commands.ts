import { readFile, stat } from 'node:fs/promises';
import type { BoardCommand, BoardFile } from '../board/board-command.ts';
import { HilError } from '../hil-error.ts';
import type { ResolvedCommand } from '../spec/case.ts';
import { canonicalJson, sha256Hex } from '../tensor/content-hash.ts';

/** A local file that a command needs cannot be read. */
export class CommandFileUnreadableError extends HilError {
  readonly code = 'HIL_COMMAND_FILE';
  readonly owner = 'spec';
}

/** Reads what a command consists of, keeping the last one: the cases of a spec share it. */
export class BoardCommands {
  #kept = new Map<string, { readonly stamp: string; readonly file: BoardFile }>();

  /** @throws {CommandFileUnreadableError} */
  async read(command: ResolvedCommand, timeoutMs: number): Promise<BoardCommand> {
    const kept = new Map<string, { readonly stamp: string; readonly file: BoardFile }>();
    const read = async (path: string): Promise<BoardFile> => {
      const entry = await readStamped(path, this.#kept.get(path));
      kept.set(path, entry);
      return entry.file;
    };
    const { args, environment, outputs } = command;
    const program =
      'onBoard' in command.program
        ? command.program
        : { name: command.program.name, file: await read(command.program.path) };
    const files: BoardCommand['files'][number][] = [];
    for (const { path, as } of command.files) files.push({ as, file: await read(path) });
    this.#kept = kept;
    const described = {
      program: 'onBoard' in program ? program : { name: program.name, sha256: program.file.sha256 },
      args,
      files: files.map(({ as, file }) => ({ as, sha256: file.sha256 })),
      environment,
      outputs,
      timeoutMs,
    };
    return {
      sha256: sha256Hex(canonicalJson(described)),
      program,
      args,
      files,
      environment,
      outputs,
      timeoutMs,
    };
  }
}

async function readStamped(
  path: string,
  known: { readonly stamp: string; readonly file: BoardFile } | undefined,
): Promise<{ readonly stamp: string; readonly file: BoardFile }> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (known?.stamp === stamp) return known;
    const bytes = await readFile(path);
    return { stamp, file: { path, bytes, sha256: sha256Hex(bytes) } };
  } catch (cause) {
    throw new CommandFileUnreadableError(`${path}, which the command needs, cannot be read`, {
      hint: 'Check the path in the spec (command.program, command.files) and the file’s permissions.',
      cause,
    });
  }
}
