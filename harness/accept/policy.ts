import { z } from 'zod';

const share = z.number().min(0).max(1);
const action = z.enum(['reject', 'marginal', 'ignore']);
export type PolicyAction = z.infer<typeof action>;

const resolution = (format: string, scale: number, offset: number, error: number) =>
  z
    .strictObject({
      scale: z.number().positive().default(scale).describe('Of the scale, as a share of 1.'),
      offset: z.number().positive().default(offset).describe('Of a class, in nats.'),
      error: z.number().positive().default(error).describe('Growth of the mean error, in nats.'),
    })
    .prefault({})
    .describe(`For networks in ${format}.`);

/** What blocks a move to another SDK: the section `acceptance` of hil.config.yaml. */
export const acceptancePolicySchema = z.strictObject({
  confidence: z
    .number()
    .min(0.8)
    .max(0.9999)
    .default(0.99)
    .describe(
      'Confidence of intervals. The rest is the chance of any false alarm among all tests of a check (Holm).',
    ),
  minInputs: z
    .number()
    .int()
    .min(2)
    .default(10)
    .describe('With fewer paired inputs of a network there is not enough data.'),
  repeats: z
    .number()
    .int()
    .min(1)
    .default(2)
    .describe('How often each case runs on each stack, to measure the noise from run to run.'),
  maxMissing: share
    .default(0.1)
    .describe('Share of cases that may lack a partner (rig trouble, new cases) before data are not enough.'),
  maxFlipRate: share
    .positive()
    .optional()
    .describe(
      'Ask for data that show the rate of changed top-1 answers to be below this; not asked by default.',
    ),
  nearTie: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe(
      'A flip counts as one on a near-tie if the golden tells its two best classes apart by less than this (nats), or by less than four times what the old stack usually moves the margin.',
    ),
  margins: z
    .strictObject({
      scale: z
        .number()
        .positive()
        .default(0.0025)
        .describe('A systematic change of the logits’ scale that matters; 0.0025 is 0.25 %.'),
      offset: z
        .number()
        .positive()
        .default(0.02)
        .describe('A systematic change of one class against the others that matters, in nats.'),
      error: z
        .number()
        .positive()
        .default(0.005)
        .describe('Growth of the mean error that matters, in nats, if it is also beyond errorShare.'),
      errorShare: share.default(0.1).describe('The same as a share of the old stack’s mean error.'),
      latency: z.number().positive().default(0.1).describe('Growth of the NPU time that matters.'),
    })
    .prefault({})
    .describe('What is too small to matter, however sure it is.'),
  resolution: z
    .strictObject({
      fp16: resolution('fp16', 0.005, 0.05, 0.05),
      i16: resolution('i16', 0.005, 0.05, 0.05),
      u8: resolution('u8', 0.02, 0.2, 0.2),
      i8: resolution('i8', 0.04, 0.4, 0.4),
      hybrid: resolution('two formats', 0.02, 0.2, 0.2),
    })
    .prefault({})
    .describe(
      'A worsening up to this must be excluded by the interval before a stack is accepted; where the data cannot, there is not enough of them.',
    ),
  headroom: z
    .strictObject({
      atLeast: share.default(0.7).describe('Share of the tolerance that a case uses on the new stack.'),
      growth: share.default(0.2).describe('So much more than on the old one, in shares of the tolerance.'),
    })
    .prefault({})
    .describe(
      'Alarm for a case that uses at least this share of its tolerance, and so much more than on the old stack.',
    ),
  on: z
    .strictObject({
      newFailure: action.default('reject').describe('A case that passed fails.'),
      crossing: action
        .default('reject')
        .describe(
          'The same, but it was close to its limit and moved no farther than nearly all cases of its network do between these stacks.',
        ),
      clearFlip: action.default('reject').describe('A right top-1 answer turns wrong on a clear case.'),
      nearTieFlip: action.default('marginal').describe('The same on a near-tie.'),
      moreFlips: action.default('reject').describe('More flips to wrong than to right, beyond chance.'),
      shift: action.default('reject').describe('A systematic shift that matters, away from the golden.'),
      betterShift: action
        .default('marginal')
        .describe('A systematic shift that matters, not away from the golden.'),
      errorGrowth: action.default('reject').describe('The mean error grows by what matters.'),
      headroom: action.default('marginal').describe('An alarm of the headroom.'),
      newMarginal: action.default('marginal').describe('A case is marginal that was not.'),
      stillFailing: action.default('marginal').describe('A case fails on both stacks.'),
      unstable: action.default('reject').describe('Repeats on the new stack disagree.'),
      latency: action.default('marginal').describe('The NPU time grows by what matters; real boards only.'),
    })
    .prefault({})
    .describe('What each finding does to the verdict.'),
});

export type AcceptancePolicy = z.infer<typeof acceptancePolicySchema>;

/** The policy of a project that says nothing about it. */
export const defaultPolicy: AcceptancePolicy = acceptancePolicySchema.parse({});
