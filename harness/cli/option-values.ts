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

/** A date in ISO 8601, or an age: `12h`, `30d`, `8w`. */
export function moment(text: string): Date {
  const [, count, unit] = /^(\d+)([hdw])$/.exec(text) ?? [];
  const hours = { h: 1, d: 24, w: 168 }[unit ?? ''];
  if (hours !== undefined) return new Date(Date.now() - Number(count) * hours * 3_600_000);
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It must be a date such as 2026-11-22, or an age such as 12h, 30d, 8w.');
  }
  return date;
}

/** Reads a list of runs: `a,b`; an option that is given again adds to it. */
export const runNames = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text.split(',').map((word) => word.trim()),
];
