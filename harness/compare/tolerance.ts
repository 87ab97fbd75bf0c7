import { z } from 'zod';

/** Limits of one output. Every limit that is set is in force; at least one must be. */
export const limitsSchema = z.strictObject({
  atol: z
    .number()
    .nonnegative()
    .optional()
    .describe('Absolute part of the element-wise limit: |board - golden| <= atol + rtol * |golden|.'),
  rtol: z
    .number()
    .nonnegative()
    .optional()
    .describe('Relative part of the element-wise limit, unitless; see atol.'),
  minCosine: z
    .number()
    .min(-1)
    .max(1)
    .optional()
    .describe('Lowest accepted cosine similarity of the whole output, unitless. Blind to a common factor.'),
  maxKl: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Largest accepted Kullback-Leibler divergence KL(golden || board), in nats. Probabilities only.',
    ),
  topK: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('The k best classes must be the same, in the same order where the golden tells them apart.'),
  marginAtol: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Absolute part of the margin limit, in nats: |change of the log-odds between top class and runner-up| <= marginAtol + marginRtol * |golden margin|.',
    ),
  marginRtol: z
    .number()
    .nonnegative()
    .optional()
    .describe('Relative part of the margin limit, unitless; see marginAtol.'),
  maxUlp: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Largest accepted distance of one element in steps of the fp16 grid.'),
  maxGainError: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Largest accepted |gain - 1|, where gain is the least-squares factor from golden to board, unitless. In force as 0.05 beside a minCosine that no other limit on magnitude accompanies.',
    ),
  maxSumError: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      'Largest accepted |sum of a row on the board - the same on the golden|. Probabilities only; 0.01 by default.',
    ),
});
export type Limits = z.infer<typeof limitsSchema>;

export const presetNames = ['fp16', 'i16', 'u8', 'i8'] as const;
export type PresetName = (typeof presetNames)[number];

/** What a spec may write under `tolerance`: a preset's name, or limits of its own, maybe on top of a preset. */
export const toleranceSchema = z.union([
  z.enum(presetNames),
  limitsSchema.extend({
    preset: z
      .enum(presetNames)
      .optional()
      .describe('Start from this preset; limits written here replace its own.'),
  }),
]);
export type ToleranceDeclaration = z.infer<typeof toleranceSchema>;

/**
 * A declaration in one form. The preset is not expanded yet: what it stands for depends on what the output's values
 * are, which the golden tells.
 */
export type Tolerance = Exclude<ToleranceDeclaration, string>;
