import { z } from 'zod';
import { durationMs } from '../spec/duration-ms.ts';

/** What a word of a converter's command may have replaced in it. `{{` and `}}` stand for braces. */
export const converterPlaceholders = [
  'model',
  'weights',
  'settings',
  'dataset',
  'request',
  'script',
  'output',
  'work',
  'root',
  'toolkit',
  'user',
] as const;
export type ConverterPlaceholder = (typeof converterPlaceholders)[number];

const wordParts = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const known = converterPlaceholders.map((name) => `{${name}}`).join(', ');

const word = z
  .string()
  .refine(
    (text) => !text.includes('\0') && isSound(text),
    `a word in which only ${known} stand in braces ({{ and }} for braces themselves)`,
  );

function isSound(text: string): boolean {
  for (const [part, name] of text.matchAll(wordParts)) {
    if (part === '{{' || part === '}}') continue;
    if (!converterPlaceholders.some((placeholder) => placeholder === name)) return false;
  }
  return true;
}

/** Placeholders that a command uses. */
export const placeholdersIn = (command: readonly string[]): ReadonlySet<ConverterPlaceholder> =>
  new Set(
    command.flatMap((each) =>
      [...each.matchAll(wordParts)].flatMap(([, name]) =>
        name === undefined ? [] : [name as ConverterPlaceholder],
      ),
    ),
  );

/** A command with its placeholders replaced. What takes their place is not looked at again; no shell ever sees it. */
export const fillCommand = (
  command: readonly string[],
  values: Readonly<Record<ConverterPlaceholder, string>>,
): string[] =>
  command.map((each) =>
    each.replaceAll(wordParts, (part, name?: string) =>
      name === undefined ? part.slice(0, 1) : values[name as ConverterPlaceholder],
    ),
  );

const timeoutText = 'a duration of 1s to 24 hours, such as 90s or 30m';

/** How one version of the toolkit is started. */
const converterSchema = z.strictObject({
  command: z
    .array(word)
    .min(1)
    .refine((command) => {
      const used = placeholdersIn(command);
      return used.has('request') || used.has('work') || (used.has('model') && used.has('output'));
    }, 'a command that is told what to convert and where to: {model} and {output}, or {request}, or {work}')
    .describe(
      'The program and its arguments, one word each; no shell reads them. Placeholders are in docs/converting.md.',
    ),
  toolkit: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.7.5')
    .optional()
    .describe('Version that the toolkit writes into its files; the SDK’s own by default.'),
  timeout: z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|m)$/, timeoutText)
    .refine((text) => durationMs(text) >= 1000 && durationMs(text) <= 86_400_000, timeoutText)
    .default('60m')
    .describe('Longest time for one conversion.'),
});

/** The section `convert` of hil.config.yaml: a command for each SDK version. */
export const convertSchema = z.record(
  z.string().regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.7.5'),
  converterSchema,
);
export type ConvertConfig = z.infer<typeof convertSchema>;
export type ConverterConfig = z.infer<typeof converterSchema>;
