import { proportionInterval } from '../../harness/accept/statistics/proportion.ts';
import { defaultPolicy } from '../../harness/accept/policy.ts';
import type { Condition } from './conditions.ts';
import { type DirectionLimit, limitsSection } from './direction-limit.ts';
import type { Trial } from './run-trials.ts';

export interface ConditionRow {
  readonly network: string;
  readonly format: string;
  readonly condition: Condition;
  readonly trials: readonly Trial[];
}
export interface SizeRow {
  readonly network: string;
  readonly format: string;
  readonly inputs: number;
  readonly trials: readonly Trial[];
}
export interface MethodRow {
  readonly network: string;
  readonly format: string;
  readonly condition: string;
  /** By method: in how many trials the interval excluded 0. */
  readonly excluded: Readonly<Record<string, number>>;
  readonly trials: number;
}
export interface ValidationResults {
  readonly inputs: number;
  readonly reportSeed: number;
  readonly designSeed: number;
  readonly rows: readonly ConditionRow[];
  readonly sizes: readonly SizeRow[];
  readonly methods: readonly MethodRow[];
  readonly limits: readonly DirectionLimit[];
}

export const methodsHeading = '## Why this interval';

/** docs/acceptance-validation.md. */
export function validationPage(results: ValidationResults): string {
  const { inputs, reportSeed, designSeed, rows, sizes, methods, limits } = results;
  const trials = rows[0]?.trials.length ?? 0;
  return `# Validation of the acceptance check

Made by \`scripts/acceptance/validate-acceptance.ts\`, which says how to run it; do not edit. Everything here is
**simulated**: the simulated NPU of the virtual board, called directly. What is measured is the method, not an SDK.

Each row is ${trials} acceptance checks, each with ${inputs} new pictures (no picture is used twice) and the default policy.
Pictures are drawn from the built-in ones: two mixed, mirrored, moved, in another light, with grain. The method and the
policy's numbers were settled with seed ${designSeed}; the tables below come from seed ${reportSeed}, run once.

- **found**: a systematic shift of scale, class or error that is beyond chance (family-wise ${percentOf(1 - defaultPolicy.confidence)} after Holm) and
  at least the policy's margin. With the 95 % Clopper-Pearson interval of the rate.
- **systematic**: beyond chance, whatever its size. Below the margin it is noted and blocks nothing.
- **named**: what a found shift was called.
- **rejected**: the verdict of the whole check, with its rules for single cases. A shift toward the golden does not reject.
- **scale**: mean of the estimated change of the logits' scale, its spread over the trials, and how often the ${percentOf(defaultPolicy.confidence)}
  interval held the truth (where the truth is a known scale).

## Aims

${aims(rows, inputs)}

## All conditions

${conditionTables(rows)}

- "Noisy" boards move every value of every layer by up to 2^-11 of itself before it is rounded, anew in each run and on both
  stacks: half a step to a step of fp16, as another order of summation would. RK1808 boards are deterministic, and a board
  that is not is told as *unstable* by its repeats; the condition is here because without noise nothing can go wrong.
- The rules for single cases have no statistics in them: a case that leaves its declared tolerance rejects, whatever moved
  it. That is why noisy 8-bit networks, whose drawn pictures lie close to their limits, are rejected now and then although no
  shift is found.
- Whether a shift leads away from the golden is judged in the same check. A network whose logits are 1.6 % too small comes
  nearer when they grow by 0.5 %: found, and not rejected.
- Where the shift is a fraction of an 8-bit step (1.001), few answers change at all and the interval, which knows only how
  answers scatter, is too narrow: it holds the truth less often than it says. The alarm does not suffer, since such shifts
  are below the margin, but a "resolved" of an 8-bit network should be read with that in mind.

## More inputs

The 0.5 % scale (1.005) again, with more inputs. ${sizes[0]?.trials.length ?? 0} trials for each row, drawn from the same ${trials * inputs} pictures, so that trials
overlap.

| network | inputs | found |
| --- | --- | --- |
${sizes.map(({ network, format, inputs: count, trials: own }) => `| ${network} ${format} | ${count} | ${rate(own, ({ found }) => found)} |`).join('\n')}

${limitsSection(limits, designSeed)}
${methodsHeading}

Ways to tell whether the scale changed, on the design seed (${methods[0]?.trials ?? 0} trials of ${inputs} inputs): how often 0 is outside of a 99 %
interval. Where nothing changed that should be at most 1 %; where the scale changed, often.

${methodTable(methods)}

An 8-bit layer hides a shift that is smaller than its step: most answers do not change at all and a few change by a whole
step. Means see that, ranks and medians do not, so the signed-rank interval is not used for shifts. The bootstrap finds
more and raises more false alarms than it may with 20 inputs. Counting effective inputs is the careful choice where a few
inputs carry the slope, as in a network of two classes, and costs power there.
`;
}

function aims(rows: readonly ConditionRow[], inputs: number): string {
  const found = ({ found: is }: Trial) => is;
  const nothing = rows.filter(({ condition }) => condition.truth === 'nothing');
  const isNoisy = ({ condition: { baseline } }: ConditionRow) => baseline.deviation.kind === 'jitter';
  const noisy = nothing.filter(isNoisy);
  const trialsOf = (some: readonly ConditionRow[]) => some.flatMap(({ trials }) => trials);
  const [worst] = [...noisy].sort((x, y) => shareOf(y.trials, found) - shareOf(x.trials, found));
  const half = rows.filter(({ condition }) => condition.halfPercent === true);
  const missed = half.filter(({ trials }) => shareOf(trials, found) < 0.99);
  const name = ({ network, format, condition, trials }: ConditionRow) =>
    `- ${network} ${format}, ${condition.name}: ${rate(trials, found)}`;
  const quiet = trialsOf(nothing.filter((row) => !isNoisy(row)));
  return `| aim, at ${inputs} inputs a model | reached |
| --- | --- |
| false alarms at most 1 %, deterministic boards | ${rate(quiet, found)} of ${quiet.length} checks; of necessity: without a change there is no difference |
| false alarms at most 1 %, noisy boards | ${rate(trialsOf(noisy), found)} of ${trialsOf(noisy).length} checks${worst === undefined ? '' : `; most for ${worst.network} ${worst.format}: ${rate(worst.trials, found)}`} |
| a 0.5 % shift found in at least 99 % | by ${half.length - missed.length} of ${half.length} combinations of network, format and direction |
${missed.length === 0 ? '' : `\nNot reached:\n\n${missed.map(name).join('\n')}\n\nIn these the 8-bit steps of the last layer are several times the shift, and only one number (the log-odds of two classes) is seen\nof each input. "What no method can find" says why, "More inputs" how many it takes.\n`}`;
}

function conditionTables(rows: readonly ConditionRow[]): string {
  const groups = new Map<string, ConditionRow[]>();
  for (const row of rows) {
    const key = `${row.network}, ${row.format}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups]
    .map(
      ([key, own]) => `### ${key}

| condition | found | systematic | named | rejected | scale: mean, spread | interval holds truth |
| --- | --- | --- | --- | --- | --- | --- |
${own.map(conditionLine).join('\n')}`,
    )
    .join('\n\n');
}

function conditionLine({ condition, trials }: ConditionRow): string {
  const scales = trials.flatMap(({ scale }) => scale ?? []);
  const mean = scales.reduce((sum, { value }) => sum + value, 0) / scales.length;
  const spread = Math.sqrt(scales.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / scales.length);
  const { trueScale } = condition;
  const held =
    trueScale === undefined
      ? ''
      : percentOf(
          scales.filter(({ low, high }) => low <= trueScale && trueScale <= high).length / scales.length,
        );
  const cells = [
    condition.name,
    rate(trials, ({ found }) => found),
    percentOf(shareOf(trials, ({ systematic }) => systematic)),
    names(trials),
    percentOf(shareOf(trials, ({ verdict }) => verdict === 'rejected')),
    `${(100 * mean).toFixed(3)} %, ${(100 * spread).toFixed(3)} %`,
    held,
  ];
  return `| ${cells.join(' | ')} |`;
}

function names(trials: readonly Trial[]): string {
  const counts = new Map<string, number>();
  for (const { named } of trials) if (named !== undefined) counts.set(named, (counts.get(named) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

function methodTable(methods: readonly MethodRow[]): string {
  const columns = Object.keys(methods[0]?.excluded ?? {});
  return [
    `| network | condition | ${columns.join(' | ')} |`,
    `| --- | --- | ${columns.map(() => '---').join(' | ')} |`,
    ...methods.map(
      ({ network, format, condition, excluded, trials }) =>
        `| ${network} ${format} | ${condition} | ${columns.map((column) => percentOf((excluded[column] ?? 0) / trials)).join(' | ')} |`,
    ),
  ].join('\n');
}

const shareOf = (trials: readonly Trial[], is: (trial: Trial) => boolean): number =>
  trials.filter(is).length / trials.length;

function rate(trials: readonly Trial[], is: (trial: Trial) => boolean): string {
  const hits = trials.filter(is).length;
  const { low, high } = proportionInterval(hits, trials.length, 0.95);
  return `${percentOf(hits / trials.length)} (${percentOf(low)} to ${percentOf(high)})`;
}

const percentOf = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
