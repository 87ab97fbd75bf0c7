import type { ModelAttribution } from '../../harness/accept/attribute-models.ts';
import { showResponse } from '../../harness/accept/attribute-models.ts';
import type { Assessment } from '../../harness/accept/assessment.ts';
import type { Combination } from '../../harness/accept/attribution.ts';
import { counted, pValue } from '../../harness/accept/figures.ts';
import type { GridResponse } from '../../harness/accept/grid-cell.ts';

export const attributionTitle = 'What moved it: converter, runtime or board';

const responseName: Readonly<Record<GridResponse, string>> = {
  scale: 'scale of logits',
  error: 'mean error',
};

const missingName = {
  newOld: 'without the new model on the old runtime',
  oldNew: 'without the old model on the new runtime',
} as const;

/** One effect of one grid. */
export interface EffectRow {
  readonly network: string;
  readonly response: GridResponse;
  readonly factor: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly significant: boolean;
  /** Estimate and interval. */
  readonly told: string;
  readonly p: string;
}

export const effectColumns = ['network', 'of', 'moved by', 'effect', 'corrected p'] as const;

export const effectCells = ({ network, response, factor, told, significant, p }: EffectRow): string[] => [
  network,
  responseName[response],
  factor,
  `${told}${significant ? ' !' : ''}`,
  p,
];

export const effectRows = ({ attribution = [] }: Assessment): EffectRow[] =>
  attribution.flatMap(({ network, responses }) =>
    responses.flatMap(({ response, effects }) =>
      effects.map(({ factor, estimate: { value, low, high }, significant, adjustedP }) => ({
        network,
        response,
        factor,
        value,
        low,
        high,
        significant,
        told: `${showResponse(response, value)} (${showResponse(response, low)} to ${showResponse(response, high)})`,
        p: pValue(adjustedP),
      })),
    ),
  );

/** A sentence for each network and response, and what was missing. */
export const attributionLines = ({ attribution = [] }: Assessment): string[] =>
  attribution.flatMap(({ network, responses, notes }) => [
    ...responses.map(
      ({ response, sentence, cases, without }) =>
        `${network}, ${responseName[response]}, ${counted(cases, 'case')}${without === undefined ? '' : `, ${missingName[without]}`}: ${sentence}`,
    ),
    ...notes.map((note) => `${network}: ${note}`),
  ]);

const corners: readonly (readonly [Combination, string])[] = [
  ['oldOld', 'old model, old runtime'],
  ['oldNew', 'old model, new runtime'],
  ['newOld', 'new model, old runtime'],
  ['newNew', 'new model, new runtime'],
];

export const cornerColumns = ['network', 'of', ...corners.map(([, title]) => title)];

/** The four means of each grid. */
export const cornerRows = ({ attribution = [] }: Assessment): string[][] =>
  attribution.flatMap(({ network, responses }: ModelAttribution) =>
    responses.map(({ response, means }) => [
      network,
      responseName[response],
      ...corners.map(([corner]) => {
        const value = means[corner];
        return value === undefined ? '-' : showResponse(response, value);
      }),
    ]),
  );
