const plainWord = /^[\w@%+=:,./-]+$/;

/**
 * A word that a POSIX shell reads back unchanged, whatever it contains.
 *
 * @throws {RangeError} If it contains a NUL, which no command line can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a command line cannot carry a NUL character');
  return plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of quoted words. */
export const commandLine = (words: readonly string[]): string => words.map(quote).join(' ');
