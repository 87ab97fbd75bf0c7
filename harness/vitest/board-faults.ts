import { z } from 'zod';
import type { EmbeddedFaults } from '../../runners/virtual/embedded/embedded-faults.ts';
import { configFileName, type Project } from '../project/project.ts';
import { explainIssues } from '../spec/explain-issues.ts';
import { SpecError } from '../spec/spec-error.ts';

const times = z.number().int().positive().optional();

const faultsSchema: z.ZodType<EmbeddedFaults> = z.strictObject({
  refuseConnections: z.boolean().optional(),
  changeHostKey: z.boolean().optional(),
  closeEarly: z.boolean().optional(),
  dropAfterBytes: z.number().int().nonnegative().optional(),
  speech: z.enum(['garbage', 'half-frame', 'wrong-version', 'silence']).optional(),
  run: z
    .union([
      z.strictObject({ kind: z.literal('vendor-status'), status: z.number().int().negative(), times }),
      z.strictObject({ kind: z.literal('die'), signal: z.enum(['SEGV', 'KILL', 'ABRT']), times }),
      z.strictObject({ kind: z.literal('hang'), ms: z.number().int().positive(), times }),
    ])
    .optional(),
  diskFull: z.boolean().optional(),
  readOnly: z.boolean().optional(),
  noSftp: z.boolean().optional(),
}) as z.ZodType<EmbeddedFaults>;

/**
 * The faults that the config gives its virtual boards, by the board's name.
 *
 * @throws {SpecError} If the config names a fault that does not exist.
 */
export function embeddedFaultsOf({ config }: Project): (board: string) => EmbeddedFaults {
  const faults = new Map<string, EmbeddedFaults>();
  for (const [index, board] of config.boards.entries()) {
    if (board.faults === undefined) continue;
    const result = faultsSchema.safeParse(board.faults);
    if (!result.success) {
      const problems = explainIssues(result.error.issues, faultsSchema, board.faults);
      throw new SpecError(
        configFileName,
        problems.map(({ path, message }) => ({ path: `boards[${index}].faults.${path}`, message })),
      );
    }
    faults.set(board.name, result.data);
  }
  return (name) => faults.get(name) ?? {};
}
