import type { AcceptanceVerdict, Finding, ModelAssessment } from './assessment.ts';
import { counted } from './figures.ts';

/** An unfit board says nothing of the SDK; a proven fault needs no more data; only then is doubt about data told. */
export function verdictOf(findings: readonly Finding[]): AcceptanceVerdict {
  const any = (effect: Finding['effect']) => findings.some((finding) => finding.effect === effect);
  if (any('unfit')) return 'board unfit';
  if (any('reject')) return 'rejected';
  if (any('data')) return 'not enough data';
  return any('marginal') ? 'accepted with marginal cases' : 'accepted';
}

const decisive: Readonly<Record<AcceptanceVerdict, Finding['effect'] | undefined>> = {
  accepted: undefined,
  'accepted with marginal cases': 'marginal',
  rejected: 'reject',
  'not enough data': 'data',
  'board unfit': 'unfit',
};

/** Why the verdict is what it is: the findings that decided it, or what an acceptance rests on. */
export function reasonsFor(
  verdict: AcceptanceVerdict,
  findings: readonly Finding[],
  models: readonly ModelAssessment[],
  candidate: string,
): string[] {
  const effect = decisive[verdict];
  if (effect !== undefined)
    return findings.filter((finding) => finding.effect === effect).map(({ message }) => message);
  const cases = models.reduce((sum, model) => sum + model.pairs, 0);
  const identical = models
    .flatMap(({ changes }) => changes)
    .filter(({ trend }) => trend === 'identical').length;
  const same =
    identical === cases
      ? 'every answer has the same bits'
      : `${identical} answers have the same bits; no network shifted by what matters, and the intervals exclude what the policy could not bear`;
  return [`${counted(cases, 'case')} of ${counted(models.length, 'network')} on ${candidate}: ${same}.`];
}
