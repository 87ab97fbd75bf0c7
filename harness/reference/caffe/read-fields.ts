import { distance } from 'fastest-levenshtein';
import type { TextField, TextMessage, TextScalar } from './text-format.ts';

type Scalar = 'int' | 'float' | 'bool' | 'text' | readonly string[];
type Plural = 'ints' | 'floats' | 'texts' | 'messages';

/**
 * What fields a message may have: a scalar, a list, a message, or an enum as the list of its words in the order of
 * their numbers. What is `ignored` may stand there and has no effect on the result.
 */
export type FieldTable = Readonly<Record<string, Scalar | Plural | 'message' | 'ignored'>>;

type ValueOf<K> = K extends 'int' | 'float'
  ? number
  : K extends 'bool'
    ? boolean
    : K extends 'text'
      ? string
      : K extends 'message'
        ? TextMessage
        : K extends 'messages'
          ? readonly TextMessage[]
          : K extends 'ints' | 'floats'
            ? readonly number[]
            : K extends 'texts'
              ? readonly string[]
              : K extends readonly (infer Word)[]
                ? Word
                : never;

/** Only the fields that are there. Lists are always there, maybe empty. */
export type Fields<T extends FieldTable> = {
  readonly [Name in keyof T as T[Name] extends Plural ? Name : never]: ValueOf<T[Name]>;
} & {
  readonly [Name in keyof T as T[Name] extends Plural | 'ignored' ? never : Name]?: ValueOf<T[Name]>;
};

/** What to do about a problem on a line; does not return. */
export type Refuse = (problem: string, line: number) => never;

/**
 * Reads a message's fields by a table.
 *
 * @param what - The message's name, for problems: `convolution_param`.
 * @param unknown - What to do with a field that is not in the table: Caffe refuses it; what forks add may be ignored, but
 *   not what is nearly the name of a known one.
 */
export function readFields<T extends FieldTable>(
  message: TextMessage,
  table: T,
  what: string,
  refuse: Refuse,
  unknown: 'refuse' | 'ignore-but-typos' = 'refuse',
): Fields<T> {
  const values: Record<string, unknown> = {};
  for (const name of listsOf(table)) values[name] = [];
  for (const field of message.fields) {
    const { name, line } = field;
    const kind = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (kind === undefined) {
      const near = nearestTypo(name, Object.keys(table));
      if (unknown === 'refuse' || near !== undefined) {
        const advice = near === undefined ? '' : `; did you mean ${near}?`;
        refuse(`has a field ${name} in ${what}, which is not known${advice}`, line);
      }
    } else if (isPlural(kind)) {
      (values[name] as unknown[]).push(readValue(field, singular[kind], refuse));
    } else if (kind !== 'ignored') {
      if (Object.hasOwn(values, name)) refuse(`has the field ${name} twice in ${what}`, line);
      values[name] = readValue(field, kind, refuse);
    }
  }
  return values as Fields<T>;
}

const knownLists = new WeakMap<FieldTable, readonly string[]>();

/** Names of the fields that are lists. The table of a layer is long, and there are hundreds of layers. */
function listsOf(table: FieldTable): readonly string[] {
  const lists = knownLists.get(table) ?? Object.keys(table).filter((name) => isPlural(table[name]!));
  knownLists.set(table, lists);
  return lists;
}

const singular = { ints: 'int', floats: 'float', texts: 'text', messages: 'message' } as const;

const isPlural = (kind: FieldTable[string]): kind is Plural =>
  typeof kind === 'string' && Object.hasOwn(singular, kind);

/** The field that is so near that another was hardly meant. */
function nearestTypo(found: string, known: readonly string[]): string | undefined {
  if (found.length < 5) return undefined;
  const steps = known.map((name) => distance(found, name));
  const least = Math.min(...steps);
  return least <= 2 ? known[steps.indexOf(least)] : undefined;
}

function readValue({ name, line, value }: TextField, kind: Scalar | 'message', refuse: Refuse): unknown {
  if (kind === 'message') {
    return value.kind === 'message' ? value : refuse(`has no message in its field ${name}`, line);
  }
  if (value.kind === 'message') return refuse(`has a message in its field ${name}`, line);
  const read = typeof kind === 'string' ? scalars[kind](value) : readEnum(value, kind);
  if (read !== undefined) return read;
  const expected = typeof kind === 'string' ? names[kind] : `one of ${kind.join(', ')}`;
  return refuse(`has ${value.text} as its ${name}, which must be ${expected}`, line);
}

const names = { int: 'a whole number', float: 'a number', bool: 'true or false', text: 'a string' } as const;

const scalars = {
  int(value: TextScalar): number | undefined {
    const number = value.kind === 'number' ? wholeNumber(value.text) : Number.NaN;
    return Number.isSafeInteger(number) ? number : undefined;
  },
  float({ kind, text }: TextScalar): number | undefined {
    if (kind === 'string') return undefined;
    const special = /^(-?)(?:(inf|infinity)|nan)$/i.exec(text);
    if (special) return special[2] === undefined ? Number.NaN : special[1] === '-' ? -Infinity : Infinity;
    if (kind !== 'number') return undefined;
    const whole = wholeNumber(text);
    return Number.isNaN(whole) ? Number(text.replace(/f$/i, '')) : whole;
  },
  bool({ kind, text }: TextScalar): boolean | undefined {
    if (kind === 'string') return undefined;
    if (['true', 'True', 't', '1'].includes(text)) return true;
    return ['false', 'False', 'f', '0'].includes(text) ? false : undefined;
  },
  text({ kind, text }: TextScalar): string | undefined {
    return kind === 'number' ? undefined : text;
  },
} as const;

/** Decimal, hexadecimal or octal; NaN for anything else. */
function wholeNumber(text: string): number {
  const [, sign, digits] = /^(-?)(0[xX][\da-fA-F]+|\d+)$/.exec(text) ?? [];
  if (digits === undefined) return Number.NaN;
  const size = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return sign === '-' ? -size : size;
}

function readEnum({ kind, text }: TextScalar, words: readonly string[]): string | undefined {
  if (kind === 'number') return words[Number(text)];
  return words.find((word) => word === text);
}
