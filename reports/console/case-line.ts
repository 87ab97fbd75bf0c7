import type { CaseRecord } from '../../harness/store/record.ts';
import { formatDuration } from '../facts/duration.ts';
import { boardLabel } from '../facts/target.ts';
import { verdictSentence } from '../facts/verdict-sentence.ts';
import type { Colours } from './appearance.ts';
import { displayWidth } from './display-width.ts';
import { verdictWord } from './verdict-word.ts';

/** The one line that a finished case leaves behind while the run goes on. */
export function caseLine(
  record: CaseRecord,
  ended: number,
  planned: number | undefined,
  colours: Colours,
): string {
  const count =
    planned === undefined ? `[${ended}]` : `[${String(ended).padStart(String(planned).length)}/${planned}]`;
  const { target, timings } = record;
  const head = `${colours.dim(count)} ${padded(verdictWord(record, colours))}  ${record.case.name}`;
  const place = colours.dim(`${boardLabel(target)}, SDK ${target.sdk}, ${formatDuration(timings.totalMs)}`);
  const why = record.verdict === 'passed' && !record.marginal ? '' : `: ${verdictSentence(record)}`;
  return `${head}  ${place}${why}`;
}

const longestWord = 'marginal'.length;

// Colours come around the word, so the blanks go behind it.
const padded = (word: string): string =>
  `${word}${' '.repeat(Math.max(0, longestWord - displayWidth(word)))}`;
