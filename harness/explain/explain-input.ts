import type { Cancellable } from '../cancellable.ts';
import { toLayout } from '../tensor/layout.ts';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';
import type { Yardstick } from './answer-distance.ts';
import type { Correction } from './correction.ts';
import { findCorrections } from './corrections.ts';
import type { InputFault, InputFinding, InputTrial, WrongSetting } from './explanation.ts';
import type { RightInput } from './faulty-input.ts';
import { held } from './read-by-runtime.ts';
import { channelsOf, type InputSettings, type InputSource, inputsSeen } from './input-settings.ts';
import { describeFaults, distinct, type InputPlan, usualTrials } from './input-trials.ts';

export interface InputQuestion {
  readonly source: InputSource;
  /** Spec and model file as they are; undefined where nobody can know, as of a program of the team's own. */
  readonly declared: InputSettings | undefined;
  /** The reference's inputs, in the model's order. */
  readonly wanted: readonly Tensor<'float32'>[];
  /** The same taken apart, where the network has one picture-like input. */
  readonly right: RightInput | undefined;
  readonly golden: NamedTensors;
  readonly board: NamedTensors;
  readonly yardstick: Yardstick;
  /** How far the board's numeric format alone is from the golden, by the yardstick; 0 if unknown. */
  readonly formatDistance: number;
  /** The reference's answer to inputs like `wanted`. */
  readonly compute: (inputs: readonly Tensor<'float32'>[], options: Cancellable) => Promise<NamedTensors>;
}

export interface InputSearch extends Cancellable {
  /** No trial begins after so many milliseconds. */
  readonly budgetMs: number;
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What spec and model file make of the input gives the board's answer if at most this share of its distance remains. */
const remainingShare = 0.1;
/** One of many guesses must come nearer, and so near that chance would hardly do it. */
const guessShare = 0.05;
const mostByChance = 0.05;
/** A trial beats another if it is nearer by this factor, and by this share of the board's distance. */
const clearFactor = 2;
const clearShare = 0.02;
const shownTrials = 5;

/**
 * Finds the wrong input that gives the board's answer, if there is one: what spec and model file together make of the
 * picture, and every usual mistake. Each is given to the reference, and its answer is held against the board's.
 */
export async function explainInput(question: InputQuestion, search: InputSearch): Promise<InputFinding> {
  const { source, declared, wanted, right, golden, board, yardstick, compute } = question;
  const boardDistance = yardstick.distance(golden, board);
  const asDeclared = declared && inputsSeen(declared, source);
  const corrections = declared && asDeclared ? findCorrections(declared, source, wanted) : [];
  const isRight = corrections?.length === 0;

  const faultsOf = (found: readonly Correction[] | undefined): InputFault[] => [
    ...new Set(found?.map(({ fault }) => fault) ?? []),
  ];
  const declaredPlan: (InputPlan & { readonly all: readonly Tensor<'float32'>[] }) | undefined =
    asDeclared && !isRight
      ? {
          faults: faultsOf(corrections),
          description: corrections ? describeFaults(faultsOf(corrections)) : 'as declared',
          make: () => asDeclared[0]!,
          all: asDeclared,
        }
      : undefined;
  const layout = source.preprocess?.layout ?? 'NCHW';
  const [attribute] = source.attributes;
  const usual = (right === undefined || attribute === undefined ? [] : usualTrials(right))
    .filter(({ faults }) => !declaredPlan || !isSameSet(faults, declaredPlan.faults))
    .map((plan) => ({ ...plan, make: () => toLayout(held(plan.make(), attribute!), 'NCHW', layout) }));
  const known = [wanted, asDeclared ?? []].flatMap((inputs) => inputs.slice(0, 1));
  const plans: readonly InputPlan[] = [...(declaredPlan ? [declaredPlan] : []), ...distinct(usual, known)];

  const startedAt = performance.now();
  const trials: InputTrial[] = [];
  let declaredTrial: InputTrial | undefined;
  for (const [index, plan] of plans.entries()) {
    search.signal?.throwIfAborted();
    if (performance.now() - startedAt > search.budgetMs) break;
    search.onProgress?.(index / plans.length);
    const inputs = plan === declaredPlan ? declaredPlan.all : [plan.make()];
    const answer = await compute(inputs, { signal: search.signal });
    const distance = yardstick.distance(answer, board);
    if (Number.isNaN(distance)) continue;
    const trial = {
      faults: plan.faults,
      description: plan.description,
      distance,
      explained: 1 - distance / boardDistance,
      values: yardstick.shown(answer),
    };
    trials.push(trial);
    if (plan === declaredPlan) declaredTrial = trial;
  }
  const ranked = trials.toSorted((a, b) => a.distance - b.distance);
  const conclusion = conclude(
    ranked,
    declaredTrial,
    declaredPlan !== undefined,
    corrections,
    question,
    boardDistance,
  );
  return {
    ...conclusion,
    output: yardstick.output,
    unit: yardstick.unit,
    boardDistance,
    golden: yardstick.shown(golden),
    board: yardstick.shown(board),
    trials: ranked.slice(0, shownTrials),
    ...(declaredTrial ? { asDeclared: declaredTrial } : {}),
    byChance: chanceOf(ranked),
    tried: trials.length,
    leftOut: plans.length - trials.length,
  };
}

function conclude(
  ranked: readonly InputTrial[],
  declaredTrial: InputTrial | undefined,
  isWrong: boolean,
  corrections: readonly Correction[] | undefined,
  { formatDistance, source }: InputQuestion,
  boardDistance: number,
): Pick<InputFinding, 'kind' | 'faults'> {
  // What the format does to the right answer it does to a wrong one too, more or less.
  const noise = Math.min(2 * formatDistance, boardDistance / 2);
  const apart = Math.max(clearShare * boardDistance, noise);
  const reproduces = ({ distance }: InputTrial, share: number) =>
    distance <= Math.max(share * boardDistance, noise);
  const wrong: readonly WrongSetting[] = corrections
    ? withoutApply(corrections)
    : [
        {
          fault: 'other-mean-or-std',
          sentence:
            'what spec and model file make of the input is not what the reference gets, and no change of up to three settings mends it',
          fix: 'compare preprocess and boardInput of the spec with the model file field by field',
        },
      ];
  if (declaredTrial && reproduces(declaredTrial, remainingShare)) return { kind: 'declared', faults: wrong };

  const [best] = ranked;
  if (best && reproduces(best, guessShare) && chanceOf(ranked) <= mostByChance) {
    const rivals = ranked.filter(
      ({ distance }) => distance < Math.max(clearFactor * best.distance, best.distance + apart),
    );
    const named = rivals.length > 1 ? rivals : [best];
    return {
      kind: rivals.length > 1 ? 'ambiguous' : 'as-if',
      faults: named
        .flatMap(({ faults }) => faults.map((fault) => asIf(fault, source)))
        .filter(isFirstOfItsKind),
    };
  }
  return isWrong ? { kind: 'contradiction', faults: wrong } : { kind: 'none', faults: [] };
}

/**
 * How often one of these answers would come as near as the nearest does if the board's were any at all: as if answers
 * were spread evenly up to the farthest. An upper bound for networks with many classes.
 */
export function chanceOf(ranked: readonly Pick<InputTrial, 'distance'>[]): number {
  const [nearest, farthest] = [ranked[0]?.distance ?? 0, ranked.at(-1)?.distance ?? 0];
  return farthest > 0 ? Math.min(1, (ranked.length * nearest) / farthest) : 1;
}

const isSameSet = (a: readonly InputFault[], b: readonly InputFault[]): boolean =>
  a.length === b.length && a.every((fault) => b.includes(fault));

const withoutApply = (corrections: readonly Correction[]): WrongSetting[] =>
  corrections.map(({ fault, sentence, fix }) => ({ fault, sentence, fix }));

const isFirstOfItsKind = ({ fault }: WrongSetting, index: number, all: readonly WrongSetting[]): boolean =>
  all.findIndex((other) => other.fault === fault) === index;

/** Spec and model file say that it is right, so the fault lies where they cannot be looked into. */
function asIf(fault: InputFault, source: InputSource): WrongSetting {
  const file = 'the model that is really on the board';
  const fixes: Partial<Record<InputFault, string>> = {
    'channels-swapped': `check reorder_channel of ${file}, and the order in which the program fills its ${channelsOf(source)} channels`,
    'signed-bytes': 'check that the program declares UINT8 (boardInput.dtype: uint8)',
    'interleaved-as-planes': 'check the layout that the program declares: NHWC for interleaved pixels',
    'planes-as-interleaved': 'check the layout that the program declares: NCHW for planes',
    'mean-missing': `check mean_values of ${file}, and boardInput.passThrough`,
    'mean-twice': `check that only one of boardInput.mean and mean_values of ${file} subtracts`,
    'std-missing': `check std_values of ${file}`,
    'std-twice': `check that only one of boardInput.std and std_values of ${file} divides`,
    'mean-and-std-reversed': `check the order of mean_values and std_values of ${file}: it is the order after the reorder`,
    'range-0-to-1':
      'check that the program feeds 0..255; a network trained on 0..1 needs mean and std times 255',
    'cast-to-bytes': 'check that normalised values are fed as float32 (boardInput.dtype: float32)',
    'size-in-elements': 'check that size is in bytes: four for each float32 (boardInput.declare.sizeBytes)',
  };
  return {
    fault,
    sentence: describeFaults([fault]),
    fix: fixes[fault] ?? 'check how the program fills and declares the buffer',
  };
}
