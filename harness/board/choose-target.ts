import { satisfies, rcompare } from 'semver';
import { HilError } from '../hil-error.ts';
import type { Board } from './board.ts';

/** No board of the inventory fits what a spec or the command line asks for. */
export class NoBoardFitsError extends HilError {
  readonly code = 'HIL_BOARD_NONE_FITS';
  readonly owner = 'spec';
}

/** What a case needs of its board, from the spec and from the command line together. */
export interface BoardWish {
  readonly name?: string | undefined;
  readonly chip?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** semver range of SDK versions. */
  readonly sdkRange?: string | undefined;
  /** One SDK version, exactly. */
  readonly sdk?: string | undefined;
}

export interface Target {
  readonly board: Board;
  readonly sdk: string;
}

/**
 * Every board that fits, in the inventory's order, each with the SDK to use on it: the one asked for, else the newest
 * that fits.
 *
 * @throws {NoBoardFitsError} If none does, saying for each board why.
 */
export function chooseTargets(boards: readonly Board[], wish: BoardWish): [Target, ...Target[]] {
  const verdicts = boards.map((board) => ({ board, ...judgeBoard(board, wish) }));
  const targets = verdicts.flatMap(({ board, sdk }) => (sdk === undefined ? [] : [{ board, sdk }]));
  const [first, ...others] = targets;
  if (first) return [first, ...others];
  const reasons = verdicts.map(({ board, reason }) => `${board.name} ${reason}`).join('; ');
  throw new NoBoardFitsError(`no board fits ${describeWish(wish)}: ${reasons || 'the inventory is empty'}`, {
    hint: 'Change `board` in the spec, the options --board and --sdk, or the boards in hil.config.yaml.',
  });
}

function judgeBoard(board: Board, wish: BoardWish): { sdk?: string; reason?: string } {
  if (wish.name !== undefined && board.name !== wish.name) return { reason: 'has another name' };
  if (wish.chip !== undefined && board.chip.toUpperCase() !== wish.chip.toUpperCase())
    return { reason: `has the chip ${board.chip}` };
  const missing = (wish.tags ?? []).filter((tag) => !board.tags.includes(tag));
  if (missing.length > 0) return { reason: `lacks the tag ${missing.join(', ')}` };
  const fitting = board.sdks
    .filter((sdk) => wish.sdk === undefined || sdk === wish.sdk)
    .filter((sdk) => wish.sdkRange === undefined || satisfies(sdk, wish.sdkRange))
    .sort(rcompare);
  const [sdk] = fitting;
  return sdk === undefined ? { reason: `offers SDK ${board.sdks.join(', ')}` } : { sdk };
}

function describeWish({ name, chip, tags, sdkRange, sdk }: BoardWish): string {
  const parts = [
    name && `the name ${name}`,
    chip && `the chip ${chip}`,
    tags && tags.length > 0 && `the tags ${tags.join(', ')}`,
    sdk && `SDK ${sdk}`,
    sdkRange && `SDK ${sdkRange}`,
  ].filter(Boolean);
  return parts.length === 0 ? 'at all' : parts.join(', ');
}
