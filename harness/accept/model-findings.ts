import type { Finding, OutputAssessment } from './assessment.ts';
import type { CaseChange } from './case-change.ts';
import { counted, percent, plain, signedPercent } from './figures.ts';
import type { FlipSummary } from './flips.ts';
import type { ShiftJudgement } from './judge-shift.ts';
import type { LatencyChange } from './latency.ts';
import type { AcceptancePolicy, PolicyAction } from './policy.ts';
import { shiftSentence, valueFormat } from './shift-sentence.ts';

/** What is known of one network when its findings are drawn up. */
export interface ModelFacts {
  readonly name: string;
  readonly pairs: number;
  readonly simulated: boolean;
  readonly outputs: readonly OutputAssessment[];
  readonly flips: FlipSummary | undefined;
  /** McNemar's p-value after the correction for all tests. */
  readonly flipsP: number;
  readonly latency: LatencyChange | undefined;
  readonly changes: readonly CaseChange[];
  /** Names of classes by index, as far as records have them. */
  readonly classNames: Readonly<Record<number, string>>;
}

/** Every finding on a network, as the policy has it. What the policy ignores is still noted. */
export function modelFindings(facts: ModelFacts, policy: AcceptancePolicy): Finding[] {
  return [
    ...caseFindings(facts, policy),
    ...flipFindings(facts, policy),
    ...shiftFindings(facts, policy),
    ...dataFindings(facts, policy),
    ...latencyFindings(facts, policy),
  ];
}

const effectOf = (action: PolicyAction): Finding['effect'] => (action === 'ignore' ? 'note' : action);

function caseFindings({ name, changes, flips }: ModelFacts, { on, headroom }: AcceptancePolicy): Finding[] {
  const scatter = usualScatter(changes);
  const nearTies = new Set(flips?.flips.filter(({ nearTie }) => nearTie).map((flip) => flip.case));
  return changes.flatMap((change): Finding[] => {
    const { before, after } = change;
    const where = { model: name, case: change.name };
    const used = `it uses ${share(after.used)} of its tolerance (${after.tightest ?? 'no check'}), ${share(before.used)} before`;
    if (after.unstable && !before.unstable) {
      const message = `${change.name} gives different answers when it is repeated on the new stack.`;
      return [{ ...where, effect: effectOf(on.unstable), kind: 'unstable', message }];
    }
    if (before.verdict === 'failed' && after.verdict === 'failed')
      return [
        {
          ...where,
          effect: effectOf(on.stillFailing),
          kind: 'still-failing',
          message: `${change.name} fails on both stacks: ${after.reason ?? used}.`,
        },
      ];
    if (before.verdict === 'failed')
      return [
        { ...where, effect: 'improvement', kind: 'fixed', message: `${change.name} failed and passes now.` },
      ];
    if (after.verdict === 'failed') {
      // Where nothing but the order of a near-tie changed, the flip's own rule decides.
      const onlyNearTie = nearTies.has(change.name) && (after.tightest?.startsWith('top-') ?? false);
      return [
        {
          ...where,
          ...(onlyNearTie
            ? { effect: effectOf(on.nearTieFlip), kind: 'new-failure-near-tie' }
            : after.used - before.used <= scatter
              ? { effect: effectOf(on.crossing), kind: 'crossing' }
              : { effect: effectOf(on.newFailure), kind: 'new-failure' }),
          message: `${change.name} passed and fails now: ${after.reason ?? used}${after.used - before.used <= scatter ? `; it was close to its limit (${share(before.used)} used), and all cases of the network scatter between these stacks by as much` : ''}.`,
        },
      ];
    }
    if (after.used >= headroom.atLeast && after.used - before.used >= headroom.growth)
      return [
        {
          ...where,
          effect: effectOf(on.headroom),
          kind: 'headroom',
          message: `${change.name} is still green, but ${used}.`,
        },
      ];
    if (after.marginal && !before.marginal)
      return [
        {
          ...where,
          effect: effectOf(on.newMarginal),
          kind: 'new-marginal',
          message: `${change.name} became marginal: ${used}.`,
        },
      ];
    return [];
  });
}

/**
 * How far the share of the tolerance moves from one stack to the other in nearly all cases of a network: three standard
 * deviations, estimated by the median, which the cases in question cannot move.
 */
function usualScatter(changes: readonly CaseChange[]): number {
  const moves = changes
    .map(({ before, after }) => Math.abs(after.used - before.used))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return (3 * (moves[moves.length >> 1] ?? 0)) / 0.6745;
}

const share = (used: number): string =>
  Number.isFinite(used) ? `${Math.round(used * 100)} %` : 'more than all';

function flipFindings({ name, flips, flipsP }: ModelFacts, policy: AcceptancePolicy): Finding[] {
  if (flips === undefined) return [];
  const { on, confidence } = policy;
  const findings = flips.flips.flatMap((flip): Finding[] => {
    const { golden, before, after, goldenMargin } = flip.top1;
    const tie = flip.nearTie ? 'a near-tie' : 'a clear case';
    const told = `${flip.case}: top-1 went from ${before.index} to ${after.index} (golden ${golden.index}); ${tie}, the golden's two best classes are ${plain(Math.abs(goldenMargin))} nats apart.`;
    const where = { model: name, case: flip.case, message: told };
    if (flip.kind === 'fixed') return [{ ...where, effect: 'improvement', kind: 'flip-fixed' }];
    if (flip.kind === 'sideways') return [{ ...where, effect: 'note', kind: 'flip-sideways' }];
    return [
      flip.nearTie
        ? { ...where, effect: effectOf(on.nearTieFlip), kind: 'near-tie-flip' }
        : { ...where, effect: effectOf(on.clearFlip), kind: 'clear-flip' },
    ];
  });
  if (flips.broken > flips.fixed && flipsP <= 1 - confidence) {
    findings.push({
      effect: effectOf(on.moreFlips),
      kind: 'more-flips',
      model: name,
      message: `${name}: ${flips.broken} answers broke and ${flips.fixed} were fixed of ${flips.inputs}, which is not chance (exact McNemar, p = ${plain(flipsP)} after correction).`,
    });
  }
  return findings;
}

function shiftFindings({ name, outputs, classNames }: ModelFacts, policy: AcceptancePolicy): Finding[] {
  const { on, confidence } = policy;
  return outputs.flatMap(({ output, shift, judgements }) =>
    judgements.flatMap((judgement): Finding[] => {
      const { kind, finding, worse } = judgement;
      if (finding === 'none') return [];
      const several = outputs.length > 1 ? `, output ${output}` : '';
      const told = `${name}${several}: ${shiftSentence(judgement, shift, confidence, classNames)}`;
      if (finding === 'small') {
        const below = `below the margin of ${marginText(judgement)}`;
        return [{ effect: 'note', kind: `small-${kind}`, model: name, message: `${told}; ${below}.` }];
      }
      const effect = worse
        ? effectOf(kind === 'error' ? on.errorGrowth : on.shift)
        : kind === 'error'
          ? 'improvement'
          : effectOf(on.betterShift);
      return [{ effect, kind: `${worse ? 'shift' : 'moved'}-${kind}`, model: name, message: `${told}.` }];
    }),
  );
}

const marginText = ({ kind, margin }: ShiftJudgement): string =>
  kind === 'scale' ? percent(margin) : `${plain(margin)} nats`;

const subjects = { scale: 'the scale', offset: 'a class', error: 'the mean error' } as const;

function dataFindings({ name, pairs, outputs, flips }: ModelFacts, policy: AcceptancePolicy): Finding[] {
  const findings: Finding[] = [];
  if (pairs > 0 && outputs.length === 0) {
    const message = `${name}: no whole output was kept on both stacks, so only verdicts, top-1 answers and shares of the tolerance are compared; a shift inside the tolerance would not be seen.`;
    findings.push({ effect: 'note', kind: 'no-outputs', model: name, message });
  }
  const lacks = (kind: string, message: string) =>
    findings.push({ effect: 'data', kind, model: name, message: `${name}: ${message}` });
  if (pairs < policy.minInputs)
    lacks('few-inputs', `${counted(pairs, 'paired input')}, the policy asks for ${policy.minInputs}.`);
  for (const { output, judgements } of outputs) {
    for (const { kind, finding, worse, resolved, resolution, estimate } of judgements) {
      if (resolved || (finding === 'shifted' && worse)) continue;
      const value = valueFormat(kind);
      const need = Math.ceil(pairs * neededGain(estimate.high - estimate.low, resolution) ** 2);
      lacks(
        'unresolved',
        `the data do not exclude that ${subjects[kind]}${outputs.length > 1 ? ` of ${output}` : ''} got worse by more than ${kind === 'scale' ? percent(resolution) : `${plain(resolution)} nats`} (interval ${value(estimate.low)} to ${value(estimate.high)}); about ${need} inputs would.`,
      );
    }
  }
  if (flips !== undefined && policy.maxFlipRate !== undefined && flips.rateBelow > policy.maxFlipRate)
    lacks(
      'flip-rate',
      `the data show only that fewer than ${percent(flips.rateBelow)} of the answers change; the policy asks for ${percent(policy.maxFlipRate)}.`,
    );
  return findings;
}

/** An interval shrinks with the root of the number of inputs; its half has to fit into the resolution. */
const neededGain = (width: number, resolution: number): number => Math.max(1.1, width / 2 / resolution + 0.1);

function latencyFindings(
  { name, latency, simulated }: ModelFacts,
  { margins, on }: AcceptancePolicy,
): Finding[] {
  // The virtual board's times are those of the machine it runs on.
  if (latency === undefined || simulated) return [];
  const { factor, low, high } = latency;
  const told = `${name}: the NPU time changed by ${signedPercent(factor - 1)} (interval ${signedPercent(low - 1)} to ${signedPercent(high - 1)}).`;
  if (low > 1 && factor - 1 >= margins.latency)
    return [{ effect: effectOf(on.latency), kind: 'slower', model: name, message: told }];
  if (high < 1 && 1 - factor >= margins.latency)
    return [{ effect: 'improvement', kind: 'faster', model: name, message: told }];
  return [];
}
