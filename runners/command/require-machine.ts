import type { BoardFile } from '../../harness/board/board-command.ts';
import { readElf } from '../native/elf.ts';
import { runsOn } from '../ssh/deploy/files-to-deploy.ts';
import { ProgramNotExecutableError } from './program-error.ts';

/**
 * Refuses a program for another machine before it is uploaded. What is no ELF file may be a script; x86 machines may have
 * emulators registered, so they are left to say it themselves.
 *
 * @param machine - The board's, as `uname -m`; empty if it is not known.
 * @throws {ProgramNotExecutableError}
 */
export function requireMachine({ path, bytes }: BoardFile, machine: string, board: string): void {
  const elf = readElf(bytes);
  if (elf === undefined || !/^(?:aarch64|arm)/.test(machine) || runsOn(elf, machine)) return;
  throw new ProgramNotExecutableError(board, path, `it is built for ${elf.machine}, the board is ${machine}`);
}
