import { allValues, someValues } from './listed-values.ts';
import type { ParsedValues } from './parsed-values.ts';
import { quoteLine, UnreadableOutput } from './unreadable-output.ts';

export interface JsonPlace {
  /** Keys and indices that lead to the list. */
  readonly path: readonly (string | number)[];
  /** Where the list holds maps: the keys of a class's index and value. */
  readonly index?: string | number | undefined;
  readonly value?: string | number | undefined;
  readonly shape?: readonly number[] | undefined;
}

/** Strings, which stay as they are, and what Python writes for numbers that JSON does not have. */
const stringOrNonFinite = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;
/** No document says this by chance. */
const mark = '\u0000non-finite ';
const deepest = 8;

/**
 * Reads numbers out of JSON. Of a text in which other lines stand around the document, it is what lies between the first
 * line that begins with a bracket and the last that ends with one.
 *
 * @throws {UnreadableOutput} If there is no such document, or no rectangular list of numbers in that place.
 */
export function parseJsonValues(text: string, { path, index, value, shape }: JsonPlace): ParsedValues {
  const found = follow(parseDocument(text), path);
  const where = path.length === 0 ? 'the document' : describePath(path);
  if (index !== undefined && value !== undefined) return someValues(readMaps(found, index, value, where));
  const values: number[] = [];
  const ownShape = flatten(found, values, where, 0);
  // A flat list may be an output of any shape; a nested one says its own.
  return allValues(values, shape ?? (ownShape.length > 1 ? ownShape : undefined));
}

function parseDocument(text: string): unknown {
  const document = withoutOtherLines(text);
  const marked = document.replaceAll(stringOrNonFinite, (part) =>
    part.startsWith('"') ? part : JSON.stringify(mark + part),
  );
  try {
    return JSON.parse(marked);
  } catch (error) {
    throw new UnreadableOutput(
      `it holds no whole JSON document: ${(error as Error).message}; it starts ${quoteLine(document.trim().split('\n')[0] ?? '')}`,
    );
  }
}

function withoutOtherLines(text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => /^\s*[[{]/.test(line));
  const last = lines.findLastIndex((line) => /[\]}]\s*$/.test(line));
  return first === -1 || last < first ? text : lines.slice(first, last + 1).join('\n');
}

function follow(document: unknown, path: readonly (string | number)[]): unknown {
  let current = document;
  for (const [depth, key] of path.entries()) {
    const next = member(current, key);
    if (next === undefined) {
      const at = depth === 0 ? 'the document' : describePath(path.slice(0, depth));
      throw new UnreadableOutput(`${at} has no ${JSON.stringify(key)}; it ${describe(current)}`);
    }
    current = next;
  }
  return current;
}

const member = (value: unknown, key: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string | number, unknown>)[key]
    : undefined;

/** Puts the numbers of nested lists one after the other. @returns The shape. */
function flatten(list: unknown, values: number[], where: string, depth: number): number[] {
  if (!Array.isArray(list)) {
    values.push(numberOf(list, where));
    return [];
  }
  if (depth === deepest) throw new UnreadableOutput(`${where} nests lists more than ${deepest} deep`);
  let inner: number[] | undefined;
  for (const [index, item] of list.entries()) {
    const shape = flatten(item, values, `${where}[${index}]`, depth + 1);
    if (inner !== undefined && shape.join() !== inner.join()) {
      throw new UnreadableOutput(`${where} is no rectangular list: its items 0 and ${index} differ in shape`);
    }
    inner ??= shape;
  }
  return [list.length, ...(inner ?? [])];
}

function readMaps(
  list: unknown,
  index: string | number,
  value: string | number,
  where: string,
): { place: number; value: number }[] {
  if (!Array.isArray(list)) throw new UnreadableOutput(`${where} is no list; it ${describe(list)}`);
  return list.map((item: unknown, at) => {
    const place = member(item, index);
    if (typeof place !== 'number' || !Number.isSafeInteger(place) || place < 0) {
      throw new UnreadableOutput(
        `${where}[${at}] has no class index ${JSON.stringify(index)}; it ${describe(item)}`,
      );
    }
    return { place, value: numberOf(member(item, value), `${where}[${at}].${value}`) };
  });
}

function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.startsWith(mark)) return Number(value.slice(mark.length));
  throw new UnreadableOutput(`${where} is no number; it ${describe(value)}`);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `is a list of ${value.length}`;
  if (value === undefined) return 'is not there';
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return `is a map of ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''}`;
  }
  return `is ${quoteLine(JSON.stringify(value) ?? 'nothing')}`;
}

const describePath = (path: readonly (string | number)[]): string =>
  path.map((key, depth) => (typeof key === 'number' ? `[${key}]` : depth === 0 ? key : `.${key}`)).join('');
