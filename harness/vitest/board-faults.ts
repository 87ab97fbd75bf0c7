import type { EmbeddedFaults } from '../../runners/virtual/embedded/embedded-faults.ts';
import type { Project } from '../project/project.ts';

/** The faults that the config gives a virtual board; checked when the run was planned. */
export const faultsOf = ({ config }: Project, board: string): EmbeddedFaults =>
  config.boards.find(({ name }) => name === board)?.faults ?? {};
