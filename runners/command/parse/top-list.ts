import { someValues } from './listed-values.ts';
import type { ParsedValues } from './parsed-values.ts';
import { strictNumber, whyNoNumber } from './strict-number.ts';
import { quoteLine, UnreadableOutput } from './unreadable-output.ts';

/** ` --- Top5 ---` of the vendor's C demos, `-----TOP 5-----` of its Python examples. */
const header = /^\s*-+\s*top[ -]?(\d+)\s*-+\s*$/i;
/** `156: 0.948730`, or `[155 205]: 0.046509` where Python's classes tie. */
const entry = /^\s*(?:(-?\d+)|\[\s*(\d+(?:\s+\d+)*)\s*\])\s*:\s*(\S+)\s*$/;
/** What `%3d` prints for the C demos' "no class", all bits set; some print it unsigned. */
const noClass = new Set(['-1', '4294967295']);

interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/**
 * Reads a block of best classes as the vendor's demos print it. Lines of the runtime between the entries are passed over. A
 * demo never lists a class whose score is 0, negative or NaN: it prints class -1 in its place, which here is left out.
 *
 * @param block - From 0: which of the blocks.
 * @throws {UnreadableOutput} If the block is missing, cut short, or has a score that is no number.
 */
export function parseTopList(text: string, block: number): ParsedValues {
  const lines = text.split('\n').map((line, index) => ({ text: line.replace(/\r$/, ''), number: index + 1 }));
  const heads = lines.filter((line) => header.test(line.text));
  const head = heads[block];
  if (head === undefined) {
    throw new UnreadableOutput(
      heads.length === 0
        ? 'it has no line such as " --- Top5 ---"'
        : `it has ${heads.length} blocks of best classes, and block ${block} (from 0) is asked for`,
    );
  }
  const wanted = Number(header.exec(head.text)?.[1]);
  return readBlock(lines.slice(head.number, (heads[block + 1]?.number ?? Infinity) - 1), wanted, head);
}

function readBlock(lines: readonly Line[], wanted: number, head: Line): ParsedValues {
  const entries: { place: number; value: number }[] = [];
  const tied = new Set<string>();
  let read = 0;
  let isAll = false;
  for (const line of lines) {
    if (read === wanted) break;
    const [, single, several, score = ''] = entry.exec(line.text) ?? [];
    const classes = single === undefined ? several : single;
    if (classes === undefined) continue;
    const value = strictNumber(score);
    if (value === undefined) {
      throw new UnreadableOutput(
        `line ${line.number}, ${quoteLine(line.text.trim())}: the score ${whyNoNumber(score)}`,
      );
    }
    read++;
    if (noClass.has(classes)) {
      isAll = true;
    } else if (single !== undefined) {
      entries.push({ place: classOf(single, line), value });
    } else if (!tied.has(classes)) {
      // Python prints the line of a tie once for each class in it.
      tied.add(classes);
      entries.push(...classes.split(/\s+/).map((name) => ({ place: classOf(name, line), value })));
    }
  }
  if (read < wanted) {
    throw new UnreadableOutput(
      `the block at line ${head.number}, ${quoteLine(head.text.trim())}, has ${read} of ${wanted} lines`,
    );
  }
  // Nothing that is left out can be better than the last of the list; after a "no class" nothing is above 0.
  const last = isAll ? 0 : Math.min(...entries.map(({ value }) => value));
  return someValues(entries, Number.isNaN(last) ? undefined : last);
}

function classOf(text: string, line: Line): number {
  const place = Number(text);
  if (Number.isSafeInteger(place) && place >= 0) return place;
  throw new UnreadableOutput(
    `line ${line.number}, ${quoteLine(line.text.trim())}: there is no class ${text}`,
  );
}
