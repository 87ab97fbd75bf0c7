import { z } from 'zod';
import { isSimulatedSdk } from '../../runners/virtual/npu/personality.ts';
import type { VirtualFaults } from '../../runners/virtual/virtual-faults.ts';
import { configFileName, type Project } from '../project/project.ts';
import { explainIssues } from '../spec/explain-issues.ts';
import { SpecError } from '../spec/spec-error.ts';

const times = z.number().int().positive().optional();

const faultsSchema: z.ZodType<VirtualFaults> = z.strictObject({
  refuseConnections: z.boolean().optional(),
  changeHostKey: z.boolean().optional(),
  closeEarly: z.boolean().optional(),
  dropAfterBytes: z.number().int().nonnegative().optional(),
  noSessions: z.boolean().optional(),
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
  layer: z
    .strictObject({
      kind: z.enum(['scale', 'offset']),
      name: z.string().min(1),
      amount: z.number(),
      sdk: z.string().refine(isSimulatedSdk, 'an SDK version that the virtual board knows').optional(),
    })
    .optional(),
}) as z.ZodType<VirtualFaults>;

/** @throws {SpecError} If the config gives a virtual board a fault that does not exist. */
export function checkFaults({ config }: Project): void {
  for (const [index, board] of config.boards.entries()) {
    if (board.kind !== 'virtual' || board.faults === undefined) continue;
    const result = faultsSchema.safeParse(board.faults);
    if (result.success) continue;
    const problems = explainIssues(result.error.issues, faultsSchema, board.faults);
    throw new SpecError(
      configFileName,
      problems.map(({ path, message }) => ({ path: `boards[${index}].faults.${path}`, message })),
    );
  }
}
