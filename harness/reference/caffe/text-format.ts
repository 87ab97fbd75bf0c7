import { CaffeFormatError } from './caffe-error.ts';
import { Tokens } from './tokens.ts';

/** A field as written: names are not held against any schema. */
export interface TextField {
  readonly name: string;
  readonly line: number;
  readonly value: TextScalar | TextMessage;
}

/** A number or a bare word as written, or a string without its quotes. */
export interface TextScalar {
  readonly kind: 'number' | 'word' | 'string';
  readonly text: string;
}

export interface TextMessage {
  readonly kind: 'message';
  readonly fields: readonly TextField[];
}

/** Deeper messages than this are damage or malice; a network needs five levels. */
const deepest = 100;

/**
 * Parses protobuf's text format: comments, nested messages in `{}` or `<>`, lists in brackets, strings in pieces.
 *
 * @param origin - File the text comes from, for messages.
 * @throws {CaffeFormatError} Naming the line.
 * @see https://protobuf.dev/reference/protobuf/textformat-spec/
 */
export function parseTextFormat(text: string, origin: string): TextMessage {
  const tokens = new Tokens(text, origin);
  const fields: TextField[] = [];
  while (tokens.peek().kind !== 'end') readField(tokens, fields, 0);
  return { kind: 'message', fields };
}

/** A list becomes as many fields as it has entries, as in a repeated field. */
function readField(tokens: Tokens, fields: TextField[], depth: number): void {
  const { line } = tokens.peek();
  const name = readName(tokens);
  const colon = tokens.accept(':');
  const add = (value: TextField['value']) => fields.push({ name, line, value });
  if (tokens.accept('[')) {
    if (!tokens.accept(']')) {
      do add(readValue(tokens, depth, true));
      while (tokens.accept(','));
      tokens.expect(']');
    }
  } else {
    add(readValue(tokens, depth, colon));
  }
  if (!tokens.accept(',')) tokens.accept(';');
}

function readName(tokens: Tokens): string {
  if (!tokens.accept('[')) return tokens.expectKind('word', 'a field’s name').text;
  // An extension: [package.field].
  const name = tokens.expectKind('word', 'an extension’s name').text;
  tokens.expect(']');
  return name;
}

function readValue(tokens: Tokens, depth: number, scalarAllowed: boolean): TextField['value'] {
  const closing = tokens.accept('{') ? '}' : tokens.accept('<') ? '>' : undefined;
  if (closing !== undefined) return readMessage(tokens, closing, depth + 1);
  if (!scalarAllowed) return tokens.fail('`:`, or `{` and fields');
  const sign = tokens.accept('-') ? '-' : '';
  const { kind, text } = tokens.peek();
  if (kind === 'number' || (kind === 'word' && (sign === '' || /^(inf|infinity|nan)$/i.test(text)))) {
    tokens.next();
    return { kind, text: `${sign}${text}` };
  }
  if (kind !== 'string' || sign !== '') return tokens.fail('a value');
  let whole = '';
  while (tokens.peek().kind === 'string') whole += tokens.next().text;
  return { kind: 'string', text: whole };
}

function readMessage(tokens: Tokens, closing: '}' | '>', depth: number): TextMessage {
  if (depth > deepest) {
    throw new CaffeFormatError(tokens.place(), `messages are nested more than ${deepest} levels deep`);
  }
  const fields: TextField[] = [];
  while (!tokens.accept(closing)) readField(tokens, fields, depth);
  return { kind: 'message', fields };
}
