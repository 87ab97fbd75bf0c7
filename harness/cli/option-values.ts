import { InvalidArgumentError } from 'commander';

/** Command lines to paste, for the end of a command's help. */
export const examples = (...lines: string[]) =>
  `\nExamples:\n${lines.map((line) => `  npx ${line}`).join('\n')}\n`;

/** Reads an option's whole number. */
export const wholeNumber = (minimum: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
  }
  return value;
};

/** Reads a list of SDK versions: `1.6.1,1.7.5`. */
export function versions(text: string): string[] {
  const list = text.split(',').map((version) => version.trim());
  if (list.some((version) => version === '') || new Set(list).size < list.length) {
    throw new InvalidArgumentError('It must be a version or several, each once, e.g. 1.6.1,1.7.5.');
  }
  return list;
}
