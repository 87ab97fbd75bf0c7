import type { BoardImage } from '../../runners/virtual/container/board-image.ts';
import { InternalError } from '../hil-error.ts';
import type { Project } from '../project/project.ts';

/** What the config says that the container of a board is made of. */
export function imageOf({ config }: Project, name: string): BoardImage {
  const board = config.boards.find((candidate) => candidate.name === name);
  if (board?.kind !== 'container') throw new InternalError(`no board in a container is called ${name}`);
  return board.image;
}
