/** A small strict check for tests: is a text one well-formed XML document (no DTD, no CDATA, no namespaces checked)? */

const name = /^[A-Za-z_:][\w:.-]*/;
const forbidden = /(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/u;
const entity = /^&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);/;

/** @throws {SyntaxError} Saying what is wrong and where. */
export function assertWellFormed(xml: string): void {
  if (forbidden.test(xml)) throw new SyntaxError('a character that XML forbids');
  const open: string[] = [];
  let roots = 0;
  let rest = xml.replace(/^<\?xml [^?]*\?>/, '').trim();
  while (rest !== '') {
    if (rest.startsWith('</')) {
      const closed = name.exec(rest.slice(2))?.[0] ?? '';
      if (open.pop() !== closed) fail(`</${closed}> closes nothing`, rest);
      rest = afterTag(rest.slice(2 + closed.length), rest);
    } else if (rest.startsWith('<')) {
      if (open.length === 0) roots++;
      const { tag, selfClosed, after } = readOpeningTag(rest);
      if (!selfClosed) open.push(tag);
      rest = after;
    } else {
      const end = rest.indexOf('<');
      const text = end === -1 ? rest : rest.slice(0, end);
      if (open.length === 0) fail('text outside of the root', rest);
      checkText(text, rest);
      rest = rest.slice(text.length);
    }
  }
  if (open.length > 0) throw new SyntaxError(`<${open.join('><')}> is never closed`);
  if (roots !== 1) throw new SyntaxError(`${roots} root elements`);
}

function readOpeningTag(rest: string): { tag: string; selfClosed: boolean; after: string } {
  const tag = name.exec(rest.slice(1))?.[0];
  if (tag === undefined) fail('no element name', rest);
  let inside = rest.slice(1 + tag.length);
  const seen = new Set<string>();
  for (;;) {
    const attribute = /^\s+([A-Za-z_:][\w:.-]*)="([^"<]*)"/.exec(inside);
    if (!attribute) break;
    const [whole, key = '', value = ''] = attribute;
    if (seen.has(key)) fail(`${key} is given twice`, rest);
    seen.add(key);
    checkText(value, rest);
    inside = inside.slice(whole.length);
  }
  const selfClosed = /^\s*\/>/.test(inside);
  return { tag, selfClosed, after: afterTag(selfClosed ? inside.replace(/^\s*\//, '') : inside, rest) };
}

function afterTag(inside: string, rest: string): string {
  const end = /^\s*>/.exec(inside);
  if (!end) fail('a tag that does not end', rest);
  return inside.slice(end[0].length);
}

function checkText(text: string, rest: string): void {
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    if (!entity.test(text.slice(at))) fail('an & that begins no entity', rest);
  }
}

function fail(what: string, rest: string): never {
  throw new SyntaxError(`${what} at ${JSON.stringify(rest.slice(0, 60))}`);
}
