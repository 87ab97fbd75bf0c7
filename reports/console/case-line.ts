import type { CaseRecord } from '../../harness/store/record.ts';
import { formatDuration } from '../facts/duration.ts';
import { boardLabel } from '../facts/target.ts';
import { verdictSentence } from '../facts/verdict-sentence.ts';
import type { Colours } from './appearance.ts';
import { cutEnd, displayWidth } from './display-width.ts';
import { verdictWord } from './verdict-word.ts';

/**
 * The one line that a finished case leaves behind while the run goes on.
 *
 * @param width - The reason is cut so that the line fits; it stands in full in the report. Whole in logs.
 */
export function caseLine(
  record: CaseRecord,
  ended: number,
  planned: number | undefined,
  colours: Colours,
  width = Infinity,
): string {
  const count =
    planned === undefined ? `[${ended}]` : `[${String(ended).padStart(String(planned).length)}/${planned}]`;
  const { target, timings } = record;
  const head = `${colours.dim(count)} ${padded(verdictWord(record, colours))}  ${record.case.name}`;
  const place = colours.dim(`${boardLabel(target)}, SDK ${target.sdk}, ${formatDuration(timings.totalMs)}`);
  const known = `${head}  ${place}`;
  if (record.verdict === 'passed' && !record.marginal) return known;
  return `${known}${cutEnd(`: ${verdictSentence(record)}`, Math.max(shortestReason, width - displayWidth(known)))}`;
}

/** Less of a reason says nothing; the line then wraps. */
const shortestReason = 24;

const longestWord = 'marginal'.length;

// Colours come around the word, so the blanks go behind it.
const padded = (word: string): string =>
  `${word}${' '.repeat(Math.max(0, longestWord - displayWidth(word)))}`;
