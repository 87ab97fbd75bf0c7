import type { OutputKind } from './comparison.ts';
import { presets } from './presets.ts';
import type { Limits, Tolerance, ToleranceDeclaration } from './tolerance.ts';
import { ToleranceError } from './tolerance-error.ts';

/**
 * Puts a declaration into its one form.
 *
 * @throws {ToleranceError} If no limit is in force: such a tolerance passes anything.
 */
export function resolveLimits(declared: ToleranceDeclaration): Tolerance {
  if (typeof declared === 'string') return { preset: declared };
  const tolerance = Object.fromEntries(
    Object.entries(declared).filter(([, value]) => value !== undefined),
  ) as Tolerance;
  if (Object.keys(tolerance).length === 0) {
    throw new ToleranceError('the tolerance has no limit, so nothing could fail it', {
      hint: 'Set at least one limit, e.g. `tolerance: { atol: 0.01 }`, or name a preset: fp16, i16, u8, i8.',
    });
  }
  return tolerance;
}

/** Limits that only make sense for some kinds of output. */
const kindsOfLimit: readonly (readonly [keyof Limits, readonly OutputKind[]])[] = [
  ['maxKl', ['probabilities']],
  ['maxSumError', ['probabilities']],
  ['topK', ['probabilities', 'logits']],
  ['marginAtol', ['probabilities', 'logits']],
  ['marginRtol', ['probabilities', 'logits']],
];

/**
 * |gain - 1| beside a cosine that stands alone: cosine does not see a common factor. The published right fp16 answers
 * have gains down to 0.989.
 */
const gainBesideCosine = 0.05;
/** A softmax sums to 1 within about 1e-3 in fp16; one that does not by 1e-2 is no softmax, or is cut off. */
const defaultSumError = 0.01;

const seesMagnitude: readonly (keyof Limits)[] = ['atol', 'rtol', 'maxUlp', 'maxGainError'];

/**
 * The limits in force for one output: the preset's for its kind, replaced by those the tolerance sets itself, and two
 * that are in force unless they are set: the gain beside a cosine that no limit on magnitude accompanies, and the sum of
 * probabilities.
 *
 * @param output - Its name, for messages.
 * @throws {ToleranceError} If a limit that the tolerance sets makes no sense for the kind.
 */
export function limitsFor(tolerance: Tolerance, kind: OutputKind, output: string): Limits {
  let known = knownLimits.get(tolerance);
  if (known === undefined) knownLimits.set(tolerance, (known = {}));
  return (known[kind] ??= expand(tolerance, kind, output));
}

/** One tolerance judges every case of a spec: it is expanded once. */
const knownLimits = new WeakMap<Tolerance, Partial<Record<OutputKind, Limits>>>();

function expand({ preset, ...own }: Tolerance, kind: OutputKind, output: string): Limits {
  for (const [name, kinds] of kindsOfLimit) {
    if (own[name] !== undefined && !kinds.includes(kind)) {
      throw new ToleranceError(
        `${name} makes no sense for output ${output}, whose golden holds ${kind}; it is for ${kinds.join(' and ')}`,
        {
          hint:
            `Give the output a tolerance of its own under outputs.${output}.tolerance, ` +
            `or say what it holds with outputs.${output}.kind.`,
        },
      );
    }
  }
  const limits: Limits = { ...(preset === undefined ? {} : presets[preset][kind]), ...own };
  if (limits.minCosine !== undefined && seesMagnitude.every((name) => limits[name] === undefined)) {
    limits.maxGainError = gainBesideCosine;
  }
  if (kind === 'probabilities') limits.maxSumError ??= defaultSumError;
  return limits;
}
