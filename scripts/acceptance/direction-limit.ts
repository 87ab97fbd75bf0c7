import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import type { Format, NetworkName } from './networks.ts';
import { seededRandom } from './random.ts';
import { measureConditions, shiftsOf } from './run-trials.ts';

/** How many inputs a shift of 0.5 % changes at all, in sets of several sizes. */
export interface DirectionLimit {
  readonly network: string;
  readonly format: string;
  readonly condition: string;
  readonly pictures: number;
  /** Share of pictures whose answer changes. */
  readonly changing: number;
  /** Share of these changes that go the way of the shift. */
  readonly rightWay: number;
  /** Sets of so many inputs, drawn from the pictures, and how many of them have so many changes. */
  readonly sets: readonly {
    readonly inputs: number;
    readonly sets: number;
    readonly changes: readonly number[];
  }[];
}

/**
 * The fewest changed inputs with which a test can reject at a level, two-sided: if the stacks may be exchanged for each
 * input, k changes that all go one way have the probability 2^(1 - k).
 */
export const fewestChanges = (level: number): number => Math.ceil(1 + Math.log2(1 / level));

const setSizes = [20, 40, 80, 160];
const setsOfEach = 1000;

/** Counts changes under the shifts of 0.5 %. */
export async function measureLimits(
  engine: ReferenceEngine,
  seed: number,
  pictures: number,
): Promise<DirectionLimit[]> {
  const limits: DirectionLimit[] = [];
  for (const [network, format] of [
    ['two-class', 'u8'],
    ['two-class', 'i8'],
    ['ten-class', 'u8'],
  ] as const satisfies readonly (readonly [NetworkName, Format])[]) {
    const plan = {
      seed,
      pictures,
      chosen: ({ halfPercent }: { halfPercent?: boolean | undefined }) => halfPercent === true,
    };
    for await (const { condition, before, after } of measureConditions(engine, network, format, plan)) {
      const changes = shiftsOf(before, after).map(({ xd }) => Math.sign(xd));
      const changed = changes.filter((sign) => sign !== 0);
      const random = seededRandom(seed + 1);
      limits.push({
        network,
        format,
        condition: condition.name,
        pictures: changes.length,
        changing: changed.length / changes.length,
        rightWay: changed.filter((sign) => sign === Math.sign(condition.trueScale!)).length / changed.length,
        sets: setSizes.map((inputs) => ({
          inputs,
          sets: setsOfEach,
          changes: Array.from({ length: setsOfEach }, () => drawn(changes, inputs, random)),
        })),
      });
    }
  }
  return limits;
}

/** How many of so many pictures, drawn without repeats, change. */
function drawn(changes: readonly number[], inputs: number, random: () => number): number {
  const places = changes.map((_, place) => place);
  let count = 0;
  for (let i = 0; i < inputs; i++) {
    const other = i + Math.floor(random() * (places.length - i));
    [places[i], places[other]] = [places[other]!, places[i]!];
    if (changes[places[i]!] !== 0) count++;
  }
  return count;
}

export const limitsHeading = '## What no method can find';

/** The section of the page about what sets of inputs could show at best. */
export function limitsSection(limits: readonly DirectionLimit[], seed: number): string {
  const [alone, shared] = [fewestChanges(0.01), fewestChanges(0.01 / 4)];
  const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
  const atLeast = ({ sets }: DirectionLimit, inputs: number, fewest: number) => {
    const { changes, sets: count } = sets.find((each) => each.inputs === inputs)!;
    return percent(changes.filter((each) => each >= fewest).length / count);
  };
  return `${limitsHeading}

Repeats on a deterministic board say nothing new, so all that a shift of 0.5 % shows are the inputs whose answer changes by a
step; the others are bit for bit the same on both stacks. Most shifts are small against the step, so many inputs are silent.

Say that a set has k changed inputs. If nothing systematic happened (another order of summation, another way of rounding, a
noisy board), either stack could have given either answer: each change goes up or down with probability 1/2. A test must keep
its level under every such hypothesis, also under the one in which just these k inputs change by just these amounts and only
the signs are open. There every pattern of signs has probability 2^-k, so the most extreme one, all k in one direction, is worth
p = 2^(1-k) and no less, whatever the test computes from it. At a level of 1 % that takes ${alone} changed inputs; where four tests
(scale, class, error, flips) share the 1 %, it takes ${shared}. With fewer **no** test can say "systematic" and be right as often as
it says. How often do sets have that many? (Design seed ${seed}, ${limits[0]?.pictures ?? 0} pictures, ${setsOfEach} sets of each size, drawn from them.)

| network | condition | inputs that change | of these in the shift's direction | 20 inputs: at least ${alone} | 20 inputs: at least ${shared} | 40 inputs: at least ${shared} | 80 | 160 |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${limits
  .map(
    (limit) =>
      `| ${limit.network} ${limit.format} | ${limit.condition} | ${percent(limit.changing)} | ${percent(limit.rightWay)} | ${atLeast(limit, 20, alone)} | ${[20, 40, 80, 160].map((inputs) => atLeast(limit, inputs, shared)).join(' | ')} |`,
  )
  .join('\n')}

So at 20 inputs what is found of a two-class network in 8 bits (the table under Aims) is about what can be found: the aim of
99 % is out of reach there for any method, and "not enough data" is the true answer. (Student's t is no exact test for whole
steps, so a little more may be found at times.) That *something* changed, one bit proves, and the report says how many answers
did; it is the direction that takes inputs. At 40 inputs for u8 and 40 to 80 for i8 the interval that is used leaves some power
lying; the exact test of all sign patterns would take it, but has no interval to it, and is not used.

The layer before the softmax, dumped, shows the codes of both classes apart, but no input speaks that was silent: the log-odds
change whenever one of the codes does. What would help is to look at an earlier layer, if the shift happens there: a thousand
elements are a thousand chances to cross a step. An acceptance check does not dump layers; \`hil layers\` does.
`;
}
