/** Why a text of numbers could not be read. */
export interface NumberTextProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

const newline = 10;
const minus = 45;
const point = 46;
const zero = 48;
/** Room for the longest line of the fast path with its line end: sign, nine digits, point, six digits. */
const fastLine = 18;

/**
 * Reads a text of one number per line, as a driver's `%f` writes it, in pieces of any size. Every value is the float32
 * nearest to the double nearest to the text, bit for bit. Blank lines are passed over; blanks around a number, CRLF,
 * exponents, `nan` and `inf` are understood.
 */
export class NumberTextParser {
  readonly #values: Float32Array;
  #filled = 0;
  #blank = 0;
  #rest: Uint8Array = new Uint8Array();
  #problem: NumberTextProblem | undefined;

  /** @param values - Takes the numbers; as many as it holds are expected. */
  constructor(values: Float32Array) {
    this.#values = values;
  }

  /** Reads a piece. @returns What is wrong with the text, as soon as it is known; later pieces are then not looked at. */
  push(piece: Uint8Array): NumberTextProblem | undefined {
    if (this.#problem) return this.#problem;
    let start = 0;
    if (this.#rest.length > 0) {
      const end = piece.indexOf(newline);
      const first = Buffer.concat([this.#rest, end === -1 ? piece : piece.subarray(0, end + 1)]);
      if (end === -1) return this.#keep(first);
      this.#lines(first);
      start = end + 1;
    }
    const rest = this.#lines(start === 0 ? piece : piece.subarray(start));
    return this.#problem ?? this.#keep(rest.slice());
  }

  /** The end of the text, whose last line may lack its line end. */
  end(): NumberTextProblem | undefined {
    if (this.#rest.length > 0) this.#lines(Buffer.concat([this.#rest, Buffer.of(newline)]));
    if (this.#problem) return this.#problem;
    if (this.#filled === this.#values.length) return undefined;
    return this.#fail(`the text ends after ${this.#filled} numbers, expected ${this.#values.length}`);
  }

  #keep(rest: Uint8Array): NumberTextProblem | undefined {
    this.#rest = rest;
    // The longest text of a float has 47 characters.
    return rest.length > 1000
      ? this.#fail(`a line of more than ${rest.length} characters is no number`)
      : undefined;
  }

  #fail(message: string): NumberTextProblem {
    return (this.#problem ??= { line: this.#filled + this.#blank + 1, message });
  }

  /** Reads all whole lines. @returns What follows the last line end. */
  #lines(bytes: Uint8Array): Uint8Array {
    let at = 0;
    while (at < bytes.length && !this.#problem) {
      at = this.#fastLines(bytes, at);
      const end = bytes.indexOf(newline, at);
      if (end === -1) break;
      this.#anyLine(bytes, at, end);
      at = end + 1;
    }
    return bytes.subarray(at);
  }

  /**
   * Reads lines of the form `-123.456789` until one has another form. The point and what follows it are looked at four
   * bytes at a time.
   *
   * @returns Where the line of another form begins.
   */
  #fastLines(bytes: Uint8Array, from: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = this.#values;
    const most = values.length;
    const last = bytes.length - fastLine;
    let filled = this.#filled;
    let at = from;
    while (at <= last && filled < most) {
      let next = at;
      let byte = bytes[next]!;
      const negative = byte === minus;
      if (negative) byte = bytes[++next]!;
      let whole = byte - zero;
      if (whole < 0 || whole > 9) break;
      byte = bytes[++next]!;
      if (byte !== point) {
        const ninth = next + 8;
        do {
          const digit = byte - zero;
          if (digit < 0 || digit > 9 || next === ninth) break;
          whole = whole * 10 + digit;
          byte = bytes[++next]!;
        } while (byte !== point);
        if (byte !== point) break;
      }
      const pointAndThree = view.getUint32(next, true) | 0;
      const threeAndEnd = view.getUint32(next + 4, true) | 0;
      // `.333` and `333\n`: every digit is 0x30 to 0x3f, and none is carried to 0x40 by six.
      if ((pointAndThree & 0xf0f0f0ff) !== 0x3030302e || (threeAndEnd & 0xfff0f0f0) !== 0x0a303030) break;
      const carries = (pointAndThree + 0x06060600) | ((threeAndEnd + 0x060606) << 8);
      if ((carries & 0x40404000) !== 0) break;
      const thousandths =
        ((pointAndThree >> 8) & 15) * 100 + ((pointAndThree >> 16) & 15) * 10 + ((pointAndThree >> 24) & 15);
      const millionths =
        (threeAndEnd & 15) * 100 + ((threeAndEnd >> 8) & 15) * 10 + ((threeAndEnd >> 16) & 15);
      // The dividend is a whole number below 2^53, so the quotient is the double nearest to the text.
      const value = (whole * 1e6 + (thousandths * 1000 + millionths)) / 1e6;
      values[filled++] = negative ? -value : value;
      at = next + 8;
    }
    this.#filled = filled;
    return at;
  }

  #anyLine(bytes: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString('latin1')
      .trim();
    if (text === '') {
      this.#blank++;
      return;
    }
    const value = parseNumber(text);
    if (value === undefined) this.#fail(`${JSON.stringify(text.slice(0, 60))} is no number`);
    else if (this.#filled === this.#values.length) {
      this.#fail(`there are more than the expected ${this.#values.length} numbers`);
    } else this.#values[this.#filled++] = value;
  }
}

const decimal = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const special = /^([-+]?)(nan|inf|infinity)$/i;

function parseNumber(text: string): number | undefined {
  if (decimal.test(text)) return Number(text);
  const found = special.exec(text);
  if (!found) return undefined;
  if (found[2]!.toLowerCase() === 'nan') return NaN;
  return found[1] === '-' ? -Infinity : Infinity;
}
