import { assess } from '../../harness/accept/assess.ts';
import type { AcceptanceVerdict } from '../../harness/accept/assessment.ts';
import type { CaseEvidence, StackEvidence } from '../../harness/accept/evidence/evidence.ts';
import { inputShift, type InputShift } from '../../harness/accept/input-shift.ts';
import { defaultPolicy } from '../../harness/accept/policy.ts';
import type { Estimate } from '../../harness/accept/statistics/estimate.ts';
import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import { type Condition, conditionsFor, type Stack } from './conditions.ts';
import { basePictures, drawPicture } from './draw-pictures.ts';
import { type Format, type NetworkName, pictureFolder } from './networks.ts';
import { seededRandom } from './random.ts';
import { answersOf, goldensOf } from './simulated-evidence.ts';

/** What one acceptance check of one network came to. */
export interface Trial {
  readonly verdict: AcceptanceVerdict;
  /** A systematic shift that matters was found, in whatever direction. */
  readonly found: boolean;
  /** Some shift is beyond chance, however small. */
  readonly systematic: boolean;
  /** What moved: `scale`, `offset`, or where neither is beyond its margin `error`. */
  readonly named: string | undefined;
  readonly scale: Estimate | undefined;
}

/** Both stacks' answers to the same pictures. */
export interface MeasuredCondition {
  readonly condition: Condition;
  readonly before: readonly CaseEvidence[];
  readonly after: readonly CaseEvidence[];
}

/** Draws pictures and runs every condition's stacks on all of them. */
export async function* measureConditions(
  engine: ReferenceEngine,
  network: NetworkName,
  format: Format,
  {
    seed,
    pictures: count,
    chosen = () => true,
  }: {
    readonly seed: number;
    readonly pictures: number;
    readonly chosen?: ((condition: Condition) => boolean) | undefined;
  },
): AsyncGenerator<MeasuredCondition> {
  const base = await basePictures(pictureFolder(network));
  const random = seededRandom(seed);
  const pictures = Array.from({ length: count }, () => drawPicture(base, random));
  const goldens = await goldensOf(engine, network, pictures);
  const known = new Map<string, CaseEvidence[]>();
  const answers = async (stack: Stack) => {
    const key = JSON.stringify(stack);
    const found = known.get(key) ?? (await answersOf(engine, network, format, stack, pictures, goldens));
    if (stack.deviation.kind === 'none') known.set(key, found);
    return found;
  };
  for (const condition of conditionsFor(network, format).filter(chosen))
    yield { condition, before: await answers(condition.baseline), after: await answers(condition.candidate) };
}

/** Cuts the pictures into trials that share none, and checks each on its own. */
export const disjointTrials = (measured: MeasuredCondition, inputs: number): Trial[] =>
  Array.from({ length: Math.floor(measured.before.length / inputs) }, (_, trial) =>
    checkTrial(
      measured.before.slice(trial * inputs, (trial + 1) * inputs),
      measured.after.slice(trial * inputs, (trial + 1) * inputs),
    ),
  );

/** Draws trials from the pictures, each without repeats; different trials may share pictures. */
export function drawnTrials(
  { before, after }: MeasuredCondition,
  inputs: number,
  trials: number,
  random: () => number,
): Trial[] {
  return Array.from({ length: trials }, () => {
    const places = before.map((_, place) => place);
    const drawn = Array.from({ length: inputs }, (_, i) => {
      const other = i + Math.floor(random() * (places.length - i));
      [places[i], places[other]] = [places[other]!, places[i]!];
      return places[i];
    });
    return checkTrial(
      drawn.map((place) => before[place]!),
      drawn.map((place) => after[place]!),
    );
  });
}

/** What the statistics of a trial are made from. */
export const shiftsOf = (before: readonly CaseEvidence[], after: readonly CaseEvidence[]): InputShift[] =>
  before.flatMap((each, i) => inputShift(each, each.outputs[0]!, after[i]!.outputs[0]!) ?? []);

function checkTrial(before: readonly CaseEvidence[], after: readonly CaseEvidence[]): Trial {
  const stack = (label: string, cases: readonly CaseEvidence[]): StackEvidence => ({
    label,
    runs: [],
    cases,
    canaries: [],
  });
  const { verdict, models } = assess(stack('old', before), stack('new', after), defaultPolicy);
  const [output] = models[0]!.outputs;
  const judgements = output?.judgements ?? [];
  const shifted = judgements.filter(({ finding }) => finding === 'shifted');
  // An error that grew says only that something moved; a scale or an offset says what.
  const [surest] = [...shifted].sort(
    (a, b) => Number(a.kind === 'error') - Number(b.kind === 'error') || a.adjustedP - b.adjustedP,
  );
  return {
    verdict,
    found: shifted.length > 0,
    systematic: judgements.some(({ finding }) => finding !== 'none'),
    named: surest?.kind,
    scale: output?.shift.scale?.change,
  };
}
