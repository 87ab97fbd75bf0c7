import { compare } from 'semver';
import { simulatedSdks, isSimulatedSdk } from '../../runners/virtual/npu/personality.ts';
import type { Board } from '../board/board.ts';
import type { BoardConfig, ContainerBoardConfig, VirtualBoardConfig } from '../project/config.ts';
import { configFileName, type Project } from '../project/project.ts';
import { checkFaults } from './check-faults.ts';
import { SpecError } from '../spec/spec-error.ts';

const defaultBoards: BoardConfig[] = [{ name: 'virtual', kind: 'virtual', tags: [] }];

/**
 * The project's boards, as far as the config knows them.
 *
 * @throws {SpecError} If the config offers what a board cannot have.
 */
export function boardsOf(project: Project): Board[] {
  const { config } = project;
  checkFaults(project);
  const declared = config.boards.length > 0 ? config.boards : defaultBoards;
  return declared.map((board, index) => {
    if (board.kind !== 'ssh') return simulatedBoard(board, index);
    const { name, chip, tags, libraries, simulated } = board;
    const sdks = board.sdks ?? Object.keys(libraries ?? {}).sort(compare);
    return { name, runner: 'ssh', chip, tags, sdks, simulated };
  });
}

function simulatedBoard(
  { name, kind, tags, sdks }: VirtualBoardConfig | ContainerBoardConfig,
  index: number,
): Board {
  const unknown = (sdks ?? []).filter((sdk) => !isSimulatedSdk(sdk));
  if (unknown.length > 0) {
    const message = `offers SDK ${unknown.join(', ')}, but the virtual board knows ${simulatedSdks.join(', ')}`;
    throw new SpecError(configFileName, [{ path: `boards[${index}].sdks`, message }]);
  }
  return {
    name,
    runner: kind,
    chip: 'RK1808',
    tags,
    sdks: sdks ?? simulatedSdks,
    simulated: true,
    perWorker: true,
  };
}
