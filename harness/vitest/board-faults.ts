import type { EmbeddedFaults } from '../../runners/virtual/embedded/embedded-faults.ts';
import type { Project } from '../project/project.ts';

/** The faults that the config gives a virtual board; checked when the run was planned. */
export function faultsOf({ config }: Project, name: string): EmbeddedFaults {
  const board = config.boards.find((candidate) => candidate.name === name);
  return board?.kind === 'virtual' ? (board.faults ?? {}) : {};
}
