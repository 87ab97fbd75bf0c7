import { configContext } from '../../../runners/ssh/inventory/config-context.ts';
import type { BoardConfig, SshBoardConfig } from '../../project/config.ts';
import { configFileName, type Project } from '../../project/project.ts';
import { HilError } from '../../hil-error.ts';
import { nearestKey } from '../../spec/nearest-key.ts';
import type { Io } from '../io.ts';

/** A board that is named on the command line is not there, or not of the kind that the command is for. */
export class BoardChoiceError extends HilError {
  readonly code = 'HIL_BOARD_CHOICE';
  readonly owner = 'spec';
}

/** @throws {BoardChoiceError} If there is no such board. */
export function entryOf({ config: { boards } }: Project, name: string): BoardConfig {
  const entry = boards.find((board) => board.name === name);
  if (entry) return entry;
  const names = boards.map((board) => board.name);
  const near = nearestKey(name, names);
  throw new BoardChoiceError(
    `no board is called ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    {
      hint:
        names.length === 0
          ? `List boards in ${configFileName}.`
          : `${configFileName} has ${names.join(', ')}.`,
    },
  );
}

/** @throws {BoardChoiceError} If there is no such board, or it is not reached over SSH. */
export function sshEntryOf(project: Project, name: string): SshBoardConfig {
  const entry = entryOf(project, name);
  if (entry.kind === 'ssh') return entry;
  throw new BoardChoiceError(
    `${name} is a ${entry.kind} board: it lives inside the harness and has no SSH of its own`,
    {
      hint: 'Name a board of kind ssh.',
    },
  );
}

export const contextOf = (project: Project, io: Io) => ({ ...configContext(project.root), env: io.env });
