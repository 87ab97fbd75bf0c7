import type { BoardIdentity } from '../../board/board.ts';
import type { OutputComparison } from '../../compare/comparison.ts';
import { largestShareUsed } from '../../compare/share-used.ts';
import type { CaseRecord } from '../record.ts';

/** A case in two runs, and what is different. */
export interface CaseDiff {
  readonly name: string;
  readonly board: string;
  readonly before: CaseRecord;
  readonly after: CaseRecord;
  readonly outputs: readonly OutputDiff[];
  /** What changed around the network, in words: model, input, preprocessing, SDK stack, board, kernel, harness. */
  readonly surroundings: readonly string[];
  readonly change: 'better' | 'worse' | 'verdict' | 'moved' | 'same';
}

/** How one output's figures moved; `used` is the largest share of a limit. */
export interface OutputDiff {
  readonly name: string;
  readonly used: Moved;
  readonly maxAbsError: Moved;
  readonly cosine: Moved;
  /** Log-odds of the golden's two best classes on the board; undefined for outputs without classes. */
  readonly margin?: Moved | undefined;
  readonly top1Changed: boolean;
}

export interface Moved {
  readonly before: number;
  readonly after: number;
}

export interface RunDiff {
  readonly cases: readonly CaseDiff[];
  /** Only in one of the runs. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
}

/**
 * Compares two runs case by case. A case is paired with the one of the same name on the same board; if there is only
 * one of that name on each side, boards and SDKs may differ.
 */
export function diffRuns(before: readonly CaseRecord[], after: readonly CaseRecord[]): RunDiff {
  const open = new Set(after);
  const cases: CaseDiff[] = [];
  const gone: string[] = [];
  for (const old of before) {
    const partner = partnerOf(old, before, [...open]);
    if (partner === undefined) {
      gone.push(labelOf(old));
      continue;
    }
    open.delete(partner);
    cases.push(diffCase(old, partner));
  }
  return { cases, gone, added: [...open].map(labelOf) };
}

const labelOf = ({ case: { name }, target }: CaseRecord) => `${name} (${target.board}, SDK ${target.sdk})`;

function partnerOf(
  old: CaseRecord,
  before: readonly CaseRecord[],
  after: readonly CaseRecord[],
): CaseRecord | undefined {
  const sameName = after.filter((record) => record.case.name === old.case.name);
  const sameBoard = sameName.filter(({ target }) => target.board === old.target.board);
  const exact = sameBoard.find(({ target }) => target.sdk === old.target.sdk);
  if (exact) return exact;
  const alone = before.filter((record) => record.case.name === old.case.name).length === 1;
  return alone && sameName.length === 1 ? sameName[0] : undefined;
}

function diffCase(before: CaseRecord, after: CaseRecord): CaseDiff {
  const outputs = (after.comparison?.outputs ?? []).flatMap((output) => {
    const old = before.comparison?.outputs.find(({ name }) => name === output.name);
    return old ? [diffOutput(old, output)] : [];
  });
  return {
    name: after.case.name,
    board: after.target.board,
    before,
    after,
    outputs,
    surroundings: surroundingsOf(before, after),
    change: changeOf(before, after, outputs),
  };
}

const diffOutput = (before: OutputComparison, after: OutputComparison): OutputDiff => ({
  name: after.name,
  used: { before: largestShareUsed(before), after: largestShareUsed(after) },
  maxAbsError: { before: before.metrics.maxAbsError, after: after.metrics.maxAbsError },
  cosine: { before: before.metrics.cosine, after: after.metrics.cosine },
  margin:
    before.ranking && after.ranking
      ? { before: before.ranking.boardMargin, after: after.ranking.boardMargin }
      : undefined,
  top1Changed: before.ranking?.boardTop[0]?.index !== after.ranking?.boardTop[0]?.index,
});

function changeOf(before: CaseRecord, after: CaseRecord, outputs: readonly OutputDiff[]): CaseDiff['change'] {
  if (before.verdict !== after.verdict) {
    if (after.verdict === 'failed' || (before.verdict === 'passed' && after.verdict !== 'skipped'))
      return 'worse';
    return after.verdict === 'passed' ? 'better' : 'verdict';
  }
  const moved = outputs.some(
    ({ maxAbsError: { before: old, after: now }, top1Changed }) => top1Changed || !Object.is(old, now),
  );
  return moved ? 'moved' : 'same';
}

function surroundingsOf(before: CaseRecord, after: CaseRecord): string[] {
  const facts: readonly (readonly [string, (record: CaseRecord) => string | undefined])[] = [
    ['SDK', ({ target }) => target.sdk],
    ['runtime', ({ target }) => target.stack?.api.text],
    ['driver', ({ target }) => target.stack?.driver.text],
    ['toolkit', ({ target }) => target.stack?.toolkit?.text],
    ['board', ({ target }) => target.board],
    ['kernel', ({ target }) => target.identity?.kernel],
    ['spec', ({ hashes }) => hashes.spec.slice(0, 12)],
    ['reference model', ({ hashes }) => hashes.referenceModel?.slice(0, 12)],
    ['board model', ({ hashes }) => hashes.boardModel?.slice(0, 12)],
    ['input', ({ hashes }) => hashes.input?.slice(0, 12)],
    ['preprocessing', ({ hashes }) => hashes.preprocess?.slice(0, 12)],
    ['golden', ({ golden }) => golden?.id.slice(0, 12)],
    ['reference engine', ({ golden }) => golden?.engine],
    [
      'tolerance',
      ({ comparison }) => comparison && JSON.stringify(comparison.outputs.map(({ limits }) => limits)),
    ],
  ];
  const changes = facts.flatMap(([name, of]) => {
    const [old, now] = [of(before), of(after)];
    return old === undefined || now === undefined || old === now ? [] : [`${name}: ${old} → ${now}`];
  });
  return [...changes, ...environmentChanges(before.target.identity, after.target.identity)];
}

/** What is around the runtime: the kernel's driver, libraries by their hashes. Of a board that was not asked nothing is known. */
function environmentChanges(before: BoardIdentity | undefined, after: BoardIdentity | undefined): string[] {
  const [old, now] = [before?.environment, after?.environment];
  if (old === undefined || now === undefined) return [];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
  return names
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name}: ${short(old[name])} → ${short(now[name])}`);
}

const short = (value: string | undefined): string =>
  value === undefined ? 'none' : /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
