import { z } from 'zod';
import { acceptancePolicySchema } from '../accept/policy.ts';
import { convertSchema } from '../convert/convert-config.ts';
import { sshBoardFields } from './ssh-board-config.ts';

const versions = z.array(z.string().regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.7.5')).min(1);

const boardName = z
  .string()
  .regex(/^[\w.-]+$/, 'letters, digits, dot, dash, underscore')
  .describe('How specs and the command line call it.');
const tags = z.array(z.string()).default([]).describe('What specs may ask for under board.tags.');

const virtualBoardSchema = z.strictObject({
  name: boardName,
  kind: z
    .literal('virtual')
    .describe('A simulated board inside the harness; its results are labelled as simulated.'),
  sdks: versions.optional().describe('SDK personalities it offers; all of them by default.'),
  tags,
  faults: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'Faults that this board shows on purpose, for demonstrations and tests; see docs/virtual-board.md.',
    ),
});

const containerBoardSchema = z.strictObject({
  name: boardName,
  kind: z
    .literal('container')
    .describe(
      'A simulated board in a container, behind a real SSH server; needs a container engine. Its results are labelled as simulated.',
    ),
  image: z
    .enum(['buildroot', 'debian-arm64', 'debian'])
    .default('buildroot')
    .describe(
      'Its system: busybox and dropbear on aarch64, Debian and OpenSSH on aarch64, or the latter on the architecture of this machine, which needs no emulation.',
    ),
  sdks: versions.optional().describe('SDK personalities it offers; all of them by default.'),
  tags,
});

const sshBoardSchema = z
  .strictObject({
    name: boardName,
    tags,
    sdks: versions.optional().describe('SDK versions it offers; by default those under `libraries`.'),
    ...sshBoardFields,
  })
  .refine(({ sdks, libraries }) => (sdks ?? Object.keys(libraries ?? {})).length > 0, {
    path: ['sdks'],
    message: 'the SDK versions that the board offers, here or under libraries',
  });

/** Which judged cases are explained. */
export const explainWhens = ['never', 'failed', 'always'] as const;
export type ExplainWhen = (typeof explainWhens)[number];

/** hil.config.yaml: what belongs to the project and its lab rather than to one spec. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  specs: z
    .array(z.string())
    .default(['**/*.hil.{yaml,yml,json,ts}'])
    .describe('Globs of the spec files, relative to this file.'),
  exclude: z
    .array(z.string())
    .default([])
    .describe('Globs of spec files that run only when their path is named on the command line.'),
  golden: z.string().default('golden').describe('Folder of the goldens, relative to this file.'),
  state: z
    .string()
    .default('.hil')
    .describe('Folder for runs, captures and caches; not under version control.'),
  outside: z
    .array(z.string())
    .default([])
    .describe('Folders outside the project that specs may read from, relative to this file.'),
  boards: z
    .array(z.discriminatedUnion('kind', [virtualBoardSchema, containerBoardSchema, sshBoardSchema]))
    .refine(
      (boards) => new Set(boards.map(({ name }) => name)).size === boards.length,
      'boards that each have a name of their own',
    )
    .default([])
    .describe('The boards. A virtual one named "virtual" exists if none is listed.'),
  board: z
    .string()
    .optional()
    .describe('Name of the board to use where neither spec nor command line choose.'),
  sdk: z
    .string()
    .optional()
    .describe('SDK version to use where neither spec nor command line choose; the newest by default.'),
  matrix: z
    .array(z.string().regex(/^\d+\.\d+\.\d+$/, 'a version such as 1.7.5'))
    .min(1)
    .refine((sdks) => new Set(sdks).size === sdks.length, 'versions that each appear once')
    .optional()
    .describe(
      'SDK versions on which `hil run` runs every case, each as a result of its own; --sdk on the command line beats it.',
    ),
  history: z
    .string()
    .optional()
    .describe(
      'Where records live for good: a SQLite file relative to this one, or postgres://user@host/database. By default history.sqlite in the state folder; the environment variable HIL_HISTORY beats both.',
    ),
  retries: z
    .number()
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe(
      'Most repeats of a case after rig trouble. By default docs/faults.md decides for each kind of fault. Precision failures are never repeated.',
    ),
  setAsideAfter: z
    .number()
    .int()
    .min(1)
    .default(3)
    .describe(
      'Visits in a row that end in rig trouble, after which a board is not used any more in a run. Its cases go to others that fit.',
    ),
  convert: convertSchema
    .optional()
    .describe(
      'How models are converted for each SDK version, for specs with `model.board.convert`; see docs/converting.md.',
    ),
  explain: z
    .enum(explainWhens)
    .default('failed')
    .describe(
      'Which cases `hil run` explains after their verdict: those that failed on precision, none, or all; --explain on the command line beats it.',
    ),
  explainWithin: z
    .number()
    .positive()
    .max(3600)
    .default(60)
    .describe(
      'Longest time for the explanation of one case, in seconds; what is not done by then is left out.',
    ),
  acceptance: acceptancePolicySchema
    .prefault({})
    .describe('What blocks a move to another SDK; see docs/acceptance.md.'),
});

export type BoardConfig = Config['boards'][number];
export type VirtualBoardConfig = z.infer<typeof virtualBoardSchema>;
export type ContainerBoardConfig = z.infer<typeof containerBoardSchema>;
export type SshBoardConfig = z.infer<typeof sshBoardSchema>;
export type ConfigDeclaration = z.input<typeof configSchema>;
export type Config = z.infer<typeof configSchema>;
