import { type Finished, hil } from '../../harness/cli/e2e/hil-process.ts';

/** A command as it was typed, and what came of it. */
export interface Typed extends Finished {
  readonly command: string;
}

/** Runs `hil` in a folder and tells each command and its result, in order. */
export interface HilSession {
  readonly typed: readonly Typed[];
  readonly run: (...args: readonly string[]) => Promise<Typed>;
}

/** @param tell - Hears of each command when it has ended. */
export function hilSession(root: string, tell: (typed: Typed) => void): HilSession {
  const all: Typed[] = [];
  return {
    typed: all,
    async run(...args) {
      const typed = { command: ['npx hil', ...args.map(quoted)].join(' '), ...(await hil(root, ...args)) };
      all.push(typed);
      tell(typed);
      return typed;
    },
  };
}

const quoted = (word: string): string =>
  /^[\w./:,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
