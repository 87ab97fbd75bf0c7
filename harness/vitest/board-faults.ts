import type { VirtualFaults } from '../../runners/virtual/virtual-faults.ts';
import type { Project } from '../project/project.ts';

/** The faults that the config gives a virtual board; checked when the run was planned. */
export function faultsOf({ config }: Project, name: string): VirtualFaults {
  const board = config.boards.find((candidate) => candidate.name === name);
  return board?.kind === 'virtual' ? (board.faults ?? {}) : {};
}
