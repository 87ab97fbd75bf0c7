import { stripVTControlCharacters } from 'node:util';

const invisible = /^[\p{M}\p{Cf}\p{Cc}]$/u;
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;
// Latin letters, punctuation, arrows and the like: one cell for each code unit.
const plain = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u22ff]*$/;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Terminal cells that a text takes: East Asian and emoji characters take two, marks and escape sequences none. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  return charactersOf(stripVTControlCharacters(text)).reduce(
    (width, character) => width + cellsOf(character),
    0,
  );
}

/** Shortens in the middle, where names of cases differ least. The text must hold no escape sequences. */
export function shortenMiddle(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width <= 0) return '';
  const characters = charactersOf(text);
  const head = takeWhileFits(characters, Math.ceil((width - 1) / 2));
  const rest = width - 1 - displayWidth(head.join(''));
  const tail = takeWhileFits(characters.toReversed(), rest).toReversed();
  return `${head.join('')}…${tail.join('')}`;
}

/** Cuts what overhangs at the end, for lines that must not wrap. The text must hold no escape sequences. */
export function cutEnd(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return width <= 0 ? '' : `${takeWhileFits(charactersOf(text), width - 1).join('')}…`;
}

/** What a reader takes for one character may be several code points: a flag, an accent that is set apart. */
const charactersOf = (text: string): string[] =>
  Array.from(segmenter.segment(text), ({ segment }) => segment);

function cellsOf(character: string): number {
  let cells = 0;
  for (const codePoint of character) {
    cells = Math.max(cells, invisible.test(codePoint) ? 0 : wide.test(codePoint) ? 2 : 1);
  }
  return cells;
}

function takeWhileFits(characters: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let rest = width;
  for (const character of characters) {
    rest -= cellsOf(character);
    if (rest < 0) break;
    taken.push(character);
  }
  return taken;
}
