import { z } from 'zod';

const path = z.string().min(1);

const noNul = (text: string): boolean => !text.includes('\0');

/** What a word of a command may have replaced in it. `{{` stands for a brace. */
export const placeholders = ['model', 'input', 'outputs', 'folder', 'sdk'] as const;
export type Placeholder = (typeof placeholders)[number];

const known = placeholders.map((name) => `{${name}}`).join(', ');
const wordText = `a word in which only ${known} stand in braces ({{ and }} for braces themselves), without a NUL`;
const word = z.string().refine((text) => noNul(text) && unknownPlaceholder(text) === undefined, wordText);

/** The parts of a word: text, and placeholders in braces. */
const wordParts = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** The first thing in braces that is no placeholder; undefined if the word is sound. */
export function unknownPlaceholder(text: string): string | undefined {
  for (const [part, name] of text.matchAll(wordParts)) {
    if (part === '{{' || part === '}}') continue;
    if (name === undefined || !placeholders.some((placeholder) => placeholder === name)) return part;
  }
  return undefined;
}

/**
 * A word with its placeholders replaced. What takes their place is not looked at again, and no shell ever sees it.
 *
 * @param text - Checked by the schema.
 */
export const fillWord = (text: string, values: Readonly<Record<Placeholder, string>>): string =>
  text.replaceAll(wordParts, (part, name?: string) =>
    name === undefined ? part.slice(0, 1) : values[name as Placeholder],
  );

const insideText = 'a path inside the folder, without .. and not absolute';
const insidePath = z
  .string()
  .regex(/^[^/\0\n]+(\/[^/\0\n]+)*$/, insideText)
  .refine((text) => !text.split('/').some((part) => part === '..' || part === '.'), insideText);

const fromText = insidePath
  .default('stdout')
  .describe('Where the values are: `stdout`, or the name of a file that the program writes below {outputs}.');
const fromFile = insidePath
  .refine((name) => name !== 'stdout', 'a file below {outputs}: standard output carries text only')
  .describe('Name of the file that the program writes below {outputs}.');

const name = z
  .string()
  .min(1)
  .optional()
  .describe('The network’s output; may be left out everywhere if the outputs are listed in its order.');
const shape = z
  .array(z.number().int().nonnegative())
  .optional()
  .describe('Shape of the values; the golden’s, if there are as many, where it is left out.');
const jsonKey = z.union([z.string(), z.number().int().nonnegative()]);

const groupOf = (pattern: string, group: string): boolean => pattern.includes(`(?<${group}>`);

function isPattern(pattern: string): boolean {
  try {
    // Only compiled here; it is executed where it can be stopped.
    return new RegExp(pattern, 'gmu') instanceof RegExp && groupOf(pattern, 'value');
  } catch {
    return false;
  }
}

const outputSchema = z.union([
  z.strictObject({
    name,
    from: fromText,
    parser: z
      .literal('top5')
      .describe(
        'top5: the vendor demos’ ` --- Top5 ---` block (or Top-any), or the Python examples’ `-----TOP 5-----`. The list is part of the output: what is not listed is not compared.',
      ),
    block: z
      .number()
      .int()
      .nonnegative()
      .default(0)
      .describe('Which block, from 0: the demos print one for each output or batch element.'),
  }),
  z
    .strictObject({
      name,
      from: fromText,
      parser: z
        .literal('json')
        .describe('json: numbers in a JSON document, NaN and Infinity as Python writes them included.'),
      path: z
        .array(jsonKey)
        .default([])
        .describe('Keys and indices that lead to the list; the document itself by default.'),
      index: jsonKey
        .optional()
        .describe('Where the list holds one map for each class: the key of the class’s index.'),
      value: jsonKey.optional().describe('With index: the key of its value.'),
      shape,
    })
    .refine(({ index, value }) => (index === undefined) === (value === undefined), {
      path: ['value'],
      message: 'given together with index, or not at all',
    }),
  z.strictObject({
    name,
    from: fromText,
    parser: z.literal('regex').describe('regex: every match of a regular expression gives a value.'),
    pattern: z
      .string()
      .refine(isPattern, 'a regular expression (JavaScript, flags gmu) with a group (?<value>...)')
      .describe(
        'Has the named group (?<value>...) and, where the values are a part of the output, (?<index>...), the flat index. Flags are gmu: ^ and $ are line ends.',
      ),
    shape,
  }),
  z.strictObject({
    name,
    from: fromFile,
    parser: z.literal('npy').describe('npy: a NumPy file.'),
  }),
  z.strictObject({
    name,
    from: fromFile,
    parser: z.literal('bin').describe('bin: raw little-endian elements.'),
    dtype: z
      .enum(['float32', 'float16', 'float64', 'int64', 'int32', 'int16', 'int8', 'uint8'])
      .describe('Element type of the raw file.'),
    shape: z.array(z.number().int().positive()).min(1).describe('Shape of the raw file.'),
  }),
]);
export type CommandOutput = z.infer<typeof outputSchema>;

const variableText =
  'the name of an environment variable: letters, digits and _, not beginning with hil_ (these are ours)';

/** A program of the team's own that runs the network on the board, instead of the device runner. */
export const commandSchema = z.strictObject({
  program: z
    .union([
      path,
      z.strictObject({
        onBoard: z
          .string()
          .refine(
            (text) => noNul(text) && unknownPlaceholder(text) === undefined && /^(?:\/|[\w.+-]+$)/.test(text),
            'an absolute path on the board, or the name of a program that its PATH knows',
          )
          .refine((text) => !text.includes('='), 'a path without =, which env(1) would take for a variable')
          .describe('A program that is on the board already: an absolute path, or a name on its PATH.'),
      }),
    ])
    .describe('The program: a local file, uploaded once by its content, or one that is on the board.'),
  args: z
    .array(word)
    .default(['{model}', '{input}'])
    .describe(
      'Its arguments, one word each, never read by a shell. {model}: the .rknn file; {input}: the input file; {outputs}: an empty folder; {folder}: the folder it runs in; {sdk}: the SDK version.',
    ),
  files: z
    .array(
      z.union([
        path,
        z.strictObject({
          file: path.describe('A local file.'),
          as: insidePath.describe('Its path on the board, below the folder that the program runs in.'),
        }),
      ]),
    )
    .default([])
    .describe('Further local files, such as labels or libraries, placed beside the program.'),
  environment: z
    .record(z.string().regex(/^(?!hil_)[A-Za-z_]\w*$/i, variableText), word)
    .default({})
    .describe('Environment variables; values as in args.'),
  input: z
    .enum(['file', 'board-buffer', 'npy'])
    .default('file')
    .describe(
      'What {input} is. file: the input file as it is; board-buffer: the buffer that boardInput makes, as raw bytes; npy: the reference engine’s tensor (.npz if there are several).',
    ),
  outputs: z
    .array(outputSchema)
    .min(1)
    .describe('Where the network’s outputs are found in what the program prints or writes.'),
});
export type CommandDeclaration = z.infer<typeof commandSchema>;

/** Outputs that may list some values only, so that nothing can be said of the whole. */
export const listsSomeValues = (output: CommandOutput): boolean =>
  output.parser === 'top5' ||
  (output.parser === 'json' && output.index !== undefined) ||
  (output.parser === 'regex' && groupOf(output.pattern, 'index'));
