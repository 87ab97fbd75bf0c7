import type { AcceptanceVerdict } from '../../harness/accept/assessment.ts';

/** A verdict as a heading; the words stay the same in every report. */
export const verdictWord: Readonly<Record<AcceptanceVerdict, string>> = {
  accepted: 'ACCEPTED',
  'accepted with marginal cases': 'ACCEPTED WITH MARGINAL CASES',
  rejected: 'REJECTED',
  'not enough data': 'NOT ENOUGH DATA',
  'board unfit': 'BOARD UNFIT',
};

export const verdictTone: Readonly<Record<AcceptanceVerdict, 'good' | 'doubt' | 'bad'>> = {
  accepted: 'good',
  'accepted with marginal cases': 'doubt',
  rejected: 'bad',
  'not enough data': 'doubt',
  'board unfit': 'doubt',
};
