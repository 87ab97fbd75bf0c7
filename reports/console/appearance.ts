import pc from 'picocolors';
import type { TextOutput } from './text-output.ts';

export type Colours = ReturnType<typeof pc.createColors>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** True where a CI system reads the output later: nothing may be redrawn. */
export function isCi({ CI }: Environment): boolean {
  return CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';
}

/** Colours for one output. NO_COLOR wins over the terminal, FORCE_COLOR over both. */
export function coloursFor(output: TextOutput, env: Environment): Colours {
  return pc.createColors(wantsColours(output, env));
}

function wantsColours(output: TextOutput, env: Environment): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  return output.isTTY === true && !isCi(env) && env['TERM'] !== 'dumb';
}

/** True where lines can be redrawn in place. */
export function canRedraw(output: TextOutput, env: Environment): boolean {
  return output.isTTY === true && !isCi(env) && env['TERM'] !== 'dumb';
}

/** Usable width: a terminal's own, or 120 for a log; never below 60, where tables stop making sense. */
export function usableWidth({ columns }: TextOutput): number {
  return Math.max(60, columns !== undefined && columns > 0 ? columns : 120);
}
