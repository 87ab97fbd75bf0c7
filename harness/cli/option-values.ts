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
