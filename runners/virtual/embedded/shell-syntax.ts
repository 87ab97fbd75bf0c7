// The part of the shell's language that an embedded board understands: words with quotes, `$$`, `;`, `&&`, `||` and
// redirections. Everything else is refused with a message, never guessed.

export type Redirection =
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'write' | 'append'; readonly stream: 1 | 2; readonly path: string }
  | { readonly kind: 'copy'; readonly stream: 1 | 2; readonly of: 1 | 2 };

export interface SimpleCommand {
  readonly words: readonly string[];
  readonly redirections: readonly Redirection[];
}

/** A command and what decides whether it runs: always, or the outcome of the one before. */
export interface Step {
  readonly when: 'always' | 'success' | 'failure';
  readonly command: SimpleCommand;
}

/** The line uses something that the embedded board's shell does not have. */
export class ShellSyntaxError extends Error {
  constructor(found: string) {
    super(`syntax error: unexpected ${found}`);
    this.name = 'ShellSyntaxError';
  }
}

type Token =
  { readonly kind: 'word'; readonly text: string } | { readonly kind: 'operator'; readonly text: string };

const operator = /(?:2>&1|1?>&2|2>>|2>|>>|>|<|&&|\|\||;|\n)/y;
const blank = /[ \t]+/y;
const plain = /[^\s'"\\$`|&;<>()#*?[\]{}~!]+|[\]{}~!#[](?=\S)|[[\]!](?=\s|$)/y;
const singleQuoted = /'([^']*)'/y;
const escaped = /\\([^\n])/y;

/** @param pid - What `$$` stands for. @throws {ShellSyntaxError} */
export function parseCommandLine(line: string, pid: number): Step[] {
  const steps: Step[] = [];
  let when: Step['when'] = 'always';
  let words: string[] = [];
  let redirections: Redirection[] = [];
  const finish = (separator: string): void => {
    if (words.length > 0 || redirections.length > 0) {
      steps.push({ when, command: { words, redirections } });
    } else if (separator === '&&' || separator === '||' || when !== 'always') {
      throw new ShellSyntaxError(separator === '' ? 'end of line' : `"${separator}"`);
    }
    words = [];
    redirections = [];
    when = separator === '&&' ? 'success' : separator === '||' ? 'failure' : 'always';
  };
  const tokens = tokenize(line, pid);
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind === 'word') {
      words.push(text);
    } else if (/^(?:&&|\|\||;|\n)$/.test(text)) {
      finish(text);
    } else if (text.includes('&')) {
      redirections.push(
        text === '2>&1' ? { kind: 'copy', stream: 2, of: 1 } : { kind: 'copy', stream: 1, of: 2 },
      );
    } else {
      const target = tokens[++i];
      if (target?.kind !== 'word') throw new ShellSyntaxError(`"${text}"`);
      redirections.push(redirectionTo(text, target.text));
    }
  }
  finish('');
  return steps;
}

function redirectionTo(symbol: string, path: string): Redirection {
  if (symbol === '<') return { kind: 'read', path };
  return {
    kind: symbol.endsWith('>>') ? 'append' : 'write',
    stream: symbol.startsWith('2') ? 2 : 1,
    path,
  };
}

function tokenize(line: string, pid: number): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(line);
    if (match) position = pattern.lastIndex;
    return match;
  };
  while (position < line.length) {
    if (take(blank)) continue;
    const symbol = take(operator);
    if (symbol) {
      tokens.push({ kind: 'operator', text: symbol[0] });
      continue;
    }
    let text = '';
    const start = position;
    for (let part = takeWordPart(take, pid); part !== undefined; part = takeWordPart(take, pid)) text += part;
    if (position === start) throw new ShellSyntaxError(`"${line[position]}"`);
    tokens.push({ kind: 'word', text });
  }
  return tokens;
}

function takeWordPart(take: (pattern: RegExp) => RegExpExecArray | null, pid: number): string | undefined {
  const quoted = take(singleQuoted) ?? take(escaped);
  if (quoted) return quoted[1];
  if (take(/\$\$/y)) return String(pid);
  const double = take(/"((?:[^"\\$`]|\\["\\$`]|\$\$)*)"/y);
  if (double) {
    return double[1]!.replaceAll(
      /\\(["\\$`])|\$\$/g,
      (_match, character?: string) => character ?? String(pid),
    );
  }
  return take(plain)?.[0];
}
