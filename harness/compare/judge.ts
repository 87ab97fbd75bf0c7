import type { Check, Comparison, ElementPair, OutputComparison } from './comparison.ts';
import { shareUsed } from './share-used.ts';

/** The verdict on outputs that were complete enough to be compared. */
export interface Judgement {
  readonly verdict: 'passed' | 'failed';
  /** With `failed`. */
  readonly class?: 'precision' | undefined;
  /** Passed with more than 80 % of a limit used. */
  readonly marginal: boolean;
  /** One sentence, with numbers; absent for a plain pass. */
  readonly reason?: string | undefined;
}

/** Names by class index, for the sentence. */
export type ClassNames = Readonly<Record<number, string>>;

export function judge(comparison: Comparison, classNames: ClassNames = {}): Judgement {
  if (!comparison.ok) {
    return {
      verdict: 'failed',
      class: 'precision',
      marginal: false,
      reason: whyFailed(comparison, classNames),
    };
  }
  if (comparison.marginal)
    return { verdict: 'passed', marginal: true, reason: whyMarginal(comparison, classNames) };
  return { verdict: 'passed', marginal: false };
}

/** Faults first: they make the numbers meaningless. Then the flip of the best class, then the check that is worst off. */
function whyFailed({ faults, outputs }: Comparison, classNames: ClassNames): string {
  const [fault, ...more] = faults;
  if (fault !== undefined) {
    return more.length === 0
      ? fault.message
      : `${fault.message}; and ${more.length} more ${plural(more.length, 'fault')}`;
  }
  const failing = outputs.flatMap((output) =>
    output.checks.filter((check) => !check.ok).map((check) => ({ output, check })),
  );
  const worst = failing.filter(({ check }) => !isRanking(check)).sort(byUse);
  // The flip says most, then an element that is far off, then whatever else is worst off.
  const told = new Set([
    failing.find(({ check }) => isRanking(check)),
    worst.find(({ check }) => isElementWise(check)),
    worst[0],
  ]);
  const several = outputs.length > 1;
  const sentence = [...told]
    .filter((entry) => entry !== undefined)
    .slice(0, 2)
    .map(({ output, check }) => (several ? `output ${output.name}: ` : '') + tell(output, check, classNames))
    .join('; ');
  return sentence === '' ? 'nothing was compared' : sentence;
}

function whyMarginal({ outputs }: Comparison, classNames: ClassNames): string {
  const [tightest] = outputs
    .flatMap((output) => output.checks.map((check) => ({ output, check })))
    .sort(byUse);
  if (tightest === undefined) return '';
  const { output, check } = tightest;
  const where = outputs.length > 1 ? ` of output ${output.name}` : '';
  return `${check.name}${where} uses ${Math.round(check.used * 100)} % of its limit: ${tell(output, check, classNames)}`;
}

const byUse = (a: { check: Check }, b: { check: Check }): number => shareUsed(b.check) - shareUsed(a.check);

const isRanking = ({ name }: Check): boolean => name.startsWith('top-');
const isElementWise = ({ name }: Check): boolean => name === 'atol' || name === 'rtol' || name === 'ulp';

function tell(output: OutputComparison, check: Check, classNames: ClassNames): string {
  const { name, value, limit, at } = check;
  if (isRanking(check)) return tellRanking(output, check, classNames);
  if (name === 'margin' && output.given && Number.isNaN(value)) {
    return `the board did not list both of the golden’s two best classes, so their margin is unknown (limit ${figure(limit)})`;
  }
  if (name === 'margin') {
    const where =
      at && output.shape.filter((extent) => extent !== 1).length > 1 ? ` at ${element(output, at)}` : '';
    return `the margin between the two best classes${where} changed by ${figure(value)} nats (limit ${figure(limit)})`;
  }
  if (name === 'cosine') return `cosine is ${figure(value, 6)} (limit ${figure(limit, 6)})`;
  if (name === 'gain') return `gain is ${figure(output.metrics.gain)} (limit 1 ± ${figure(limit)})`;
  if (name === 'kl') return `KL divergence is ${figure(value)} nats (limit ${figure(limit)})`;
  if (name === 'sum')
    return `the probabilities sum to ${figure(value)} more or less than the golden’s (limit ${figure(limit)})`;
  const unit =
    name === 'ulp' ? `${value} ulp, limit ${limit}` : `|error| ${figure(value)}, limit ${figure(limit)}`;
  if (at === undefined) return unit;
  const [board, golden] = apart(at.board, at.golden);
  return `${element(output, at)} is ${board} where the golden has ${golden} (${unit})`;
}

function tellRanking({ ranking }: OutputComparison, { name, value }: Check, classNames: ClassNames): string {
  if (ranking !== undefined && !ranking.top1Agrees) {
    const row = ranking.row === 0 ? '' : ` in row ${ranking.row}`;
    const [board, golden] = [ranking.boardTop[0], ranking.goldenTop[0]].map(
      (best) => best && (classNames[best.index] ?? best.index),
    );
    return `top-1${row} is ${board} instead of ${golden}`;
  }
  return `${value} of the ${name.replace('-', ' ')} classes differ in order or in kind`;
}

/** e.g. `p[0]`, or `boxes[12, 3]`; axes of extent 1 say nothing. */
function element({ name, kind, shape }: OutputComparison, { index }: ElementPair): string {
  const symbol = kind === 'probabilities' ? 'p' : kind === 'logits' ? 'logit' : name;
  return `${symbol}[${index.filter((_, axis) => shape[axis] !== 1).join(', ')}]`;
}

const figure = (value: number, digits = 4): string => String(Number(value.toPrecision(digits)));

/** Two numbers with as many digits as it takes to see that they differ: up to 9, which tell all of float32 apart. */
function apart(a: number, b: number): [string, string] {
  for (let digits = 4; digits < 9; digits++) {
    const [first, second] = [figure(a, digits), figure(b, digits)];
    if (first !== second) return [first, second];
  }
  return [figure(a, 9), figure(b, 9)];
}

const plural = (count: number, word: string): string => (count === 1 ? word : `${word}s`);
