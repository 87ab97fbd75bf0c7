import { CaffeFormatError } from './caffe-error.ts';

export interface Token {
  readonly kind: 'word' | 'number' | 'string' | 'mark' | 'end';
  /** As written; a string without quotes and escapes. */
  readonly text: string;
  readonly line: number;
}

type Mark = '{' | '}' | '<' | '>' | '[' | ']' | ':' | ';' | ',' | '-';

const isSpace = /[\s\uFEFF#]/;
const space = /[\s\uFEFF]+|#[^\n]*/y;
const word = /[A-Za-z_][\w./]*/y;
const number = /0[xX][\da-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?[fF]?/y;
const quoted = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'/y;
const patterns = { word, number, string: quoted };
const marks = new Set('{}<>[]:;,-');

/** The words of a text in protobuf's text format, one ahead. */
export class Tokens {
  readonly #text: string;
  readonly #origin: string;
  #at = 0;
  #line = 1;
  #ahead: Token;

  constructor(text: string, origin: string) {
    this.#text = text;
    this.#origin = origin;
    this.#ahead = this.#scan();
  }

  peek(): Token {
    return this.#ahead;
  }

  next(): Token {
    const token = this.#ahead;
    this.#ahead = this.#scan();
    return token;
  }

  /** Takes the mark if it comes next. */
  accept(mark: Mark): boolean {
    const found = this.#ahead.kind === 'mark' && this.#ahead.text === mark;
    if (found) this.next();
    return found;
  }

  /** @throws {CaffeFormatError} If something else comes next. */
  expect(mark: Mark): void {
    if (!this.accept(mark)) this.fail(`\`${mark}\``);
  }

  /** @throws {CaffeFormatError} If something else comes next. */
  expectKind(kind: Token['kind'], what: string): Token {
    return this.#ahead.kind === kind ? this.next() : this.fail(what);
  }

  /** The file and the line of what comes next. */
  place(): string {
    return `${this.#origin}:${this.#ahead.line}`;
  }

  /** @throws {CaffeFormatError} Always. */
  fail(expected: string): never {
    const { kind, text } = this.#ahead;
    const found = kind === 'end' ? 'the end of the file' : `\`${text.slice(0, 40)}\``;
    throw new CaffeFormatError(this.place(), `${found} stands where ${expected} is expected`);
  }

  #scan(): Token {
    while (isSpace.test(this.#text[this.#at] ?? '')) this.#match(space);
    const line = this.#line;
    const first = this.#text[this.#at];
    if (first === undefined) return { kind: 'end', text: '', line };
    if (marks.has(first)) {
      this.#at++;
      return { kind: 'mark', text: first, line };
    }
    const kind = /[A-Za-z_]/.test(first) ? 'word' : first === '"' || first === "'" ? 'string' : 'number';
    const text = this.#match(patterns[kind]);
    if (text === undefined) {
      throw new CaffeFormatError(
        `${this.#origin}:${line}`,
        kind === 'string'
          ? 'a string does not end on its line'
          : `${JSON.stringify(first)} has no place in a prototxt`,
      );
    }
    return { kind, text: kind === 'string' ? unescape(text.slice(1, -1)) : text, line };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    for (let i = found.indexOf('\n'); i !== -1; i = found.indexOf('\n', i + 1)) this.#line++;
    return found;
  }
}

const letters: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const unescape = (text: string): string =>
  text.includes('\\')
    ? text.replaceAll(/\\(?:x([\da-fA-F]{1,2})|([0-7]{1,3})|(.))/g, (_, hex, octal, letter) =>
        hex === undefined && octal === undefined
          ? (letters[letter as string] ?? (letter as string))
          : String.fromCharCode(
              hex === undefined ? Number.parseInt(octal as string, 8) : Number.parseInt(hex as string, 16),
            ),
      )
    : text;
