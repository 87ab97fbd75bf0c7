/** What a program printed or wrote is not what its parser reads. Becomes an error that names the output and the board. */
export class UnreadableOutput extends Error {
  /** @param problem - Says the line, where there is one. */
  constructor(problem: string) {
    super(problem);
    this.name = 'UnreadableOutput';
  }
}

const shownCharacters = 120;

/** A line as it is quoted in a message; long ones are cut. */
export const quoteLine = (line: string): string =>
  line.length > shownCharacters ? `"${line.slice(0, shownCharacters)}…"` : `"${line}"`;
