import { TensorFileError } from './tensor-file-error.ts';

/** The header of a .npy file: a Python dictionary with exactly these three keys. */
export interface NpyHeader {
  /** NumPy's type string, e.g. `<f4`. */
  readonly descr: string;
  /** True: the first index varies fastest in the file. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** NumPy 2 has no arrays with more dimensions. */
export const maxDimensions = 64;

const rebuild = 'Write the file again with numpy.save(path, array), where array has a plain numeric dtype.';

/** The literal as NumPy writes it; blanks are free, a trailing comma may be there, Python 2 wrote shapes as `(3L,)`. */
const token = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(True|False)|(\d{1,16})L?|([{}(),:[\]]))/y;

type Token = { readonly text: string } | { readonly flag: boolean } | { readonly count: number } | string;

function tokensOf(source: string, fail: (problem: string) => never): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  const end = source.trimEnd().length;
  while (token.lastIndex < end) {
    const at = token.lastIndex;
    const match = token.exec(source);
    if (match === null) return fail(`its header cannot be read from "${excerpt(source.slice(at).trim())}"`);
    const [, single, double, flag, digits, sign] = match;
    if (sign !== undefined) tokens.push(sign);
    else if (flag !== undefined) tokens.push({ flag: flag === 'True' });
    else if (digits !== undefined) tokens.push({ count: Number(digits) });
    else tokens.push({ text: single ?? double ?? '' });
  }
  return tokens;
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 40)).slice(1, -1);

/**
 * Reads the header's dictionary.
 *
 * @throws {TensorFileError} If it is not the dictionary NumPy writes, or the array is not of plain numbers.
 */
export function parseNpyHeader(source: string, origin: string): NpyHeader {
  const fail = (problem: string): never => {
    throw new TensorFileError(origin, problem, { hint: rebuild });
  };
  if (/'descr'\s*:\s*\[/.test(source)) {
    return fail('holds a structured array (several named fields), expected plain numbers');
  }
  const tokens = tokensOf(source, fail);
  let next = 0;
  const take = (expected: string): void => {
    if (tokens[next] !== expected)
      fail(`its header has no ${expected} where one belongs: ${excerpt(source)}`);
    next++;
  };
  const takeShape = (): number[] => {
    const shape: number[] = [];
    take('(');
    while (tokens[next] !== ')') {
      const extent = tokens[next];
      if (typeof extent !== 'object' || !('count' in extent)) {
        return fail(`its header has a shape that is no tuple of counts: ${excerpt(source)}`);
      }
      shape.push(extent.count);
      next++;
      if (tokens[next] !== ')') take(',');
    }
    take(')');
    return shape;
  };

  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  take('{');
  while (tokens[next] !== '}') {
    const key = tokens[next++];
    take(':');
    const name =
      typeof key === 'object' && 'text' in key ? key.text : fail('its header has a key that is no text');
    if (name === 'shape' && shape === undefined) shape = takeShape();
    else {
      const value = tokens[next++];
      if (typeof value !== 'object') return fail(`its header has no value for ${name}`);
      if (name === 'descr' && 'text' in value && descr === undefined) descr = value.text;
      else if (name === 'fortran_order' && 'flag' in value && fortranOrder === undefined)
        fortranOrder = value.flag;
      else return fail(`its header has an unexpected entry "${excerpt(name)}"`);
    }
    if (tokens[next] !== '}') take(',');
  }
  take('}');
  if (next !== tokens.length) return fail('its header goes on after the dictionary');
  if (descr === undefined || fortranOrder === undefined || shape === undefined) {
    return fail(`its header lacks one of descr, fortran_order and shape: ${excerpt(source)}`);
  }
  return { descr, fortranOrder, shape };
}

/** The dictionary as NumPy writes it, without its padding. */
export function formatNpyHeader({ descr, fortranOrder, shape }: NpyHeader): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  return `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? 'True' : 'False'}, 'shape': ${tuple}, }`;
}
