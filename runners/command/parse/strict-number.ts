const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
// As the C libraries of Linux print them; glibc adds a sign, others a payload in brackets.
const notANumber = /^[+-]?nan(?:\(\w*\))?$/i;
const infinite = /^[+-]?inf(?:inity)?$/i;

/**
 * A number as C, C++ and Python print it in the C locale. NaN and Inf are values like others: what they mean is for the
 * comparison to say.
 *
 * @returns undefined for everything else: a decimal comma, `1.#QNAN`, hexadecimal, digits in groups, nothing at all.
 */
export function strictNumber(text: string): number | undefined {
  if (decimal.test(text)) return Number(text);
  if (notANumber.test(text)) return NaN;
  if (infinite.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return undefined;
}

/** Why a text is no such number, for what programs are known to print instead. */
export function whyNoNumber(text: string): string {
  if (/^[+-]?\d+,\d+$/.test(text))
    return 'has a decimal comma: the program runs in another locale than C (set LC_ALL: C in its environment)';
  if (/^[+-]?\d\.#/.test(text)) return 'is how Windows prints NaN and infinity';
  if (/^[+-]?0x/i.test(text)) return 'is hexadecimal';
  return text === '' ? 'is empty' : 'is no number';
}
