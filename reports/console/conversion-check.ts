import type {
  ConversionCheck,
  ConvertedAnswer,
  ConvertedLayer,
  LayerReading,
} from '../../harness/convert-check/conversion-check.ts';
import { formatCosine, formatNumber } from '../facts/number.ts';
import type { Colours } from './appearance.ts';
import { shortenMiddle } from './display-width.ts';
import { plainTable } from './plain-table.ts';

const widestName = 40;
/** Rows of a list that are shown where nobody asked for all. */
const usualRows = 12;
const healthy: readonly LayerReading[] = ['as float16', 'healthy'];

/** One conversion in sections, the advice last, where it is read first. */
export function conversionLines(
  check: ConversionCheck,
  note: string,
  colours: Colours,
  most = usualRows,
): string[] {
  const { layers, weights, answers, advice, remarks } = check;
  // Layers that are well are of interest only where nothing is worse.
  const shown = layers.toSorted((a, b) => a.isolated.cosine - b.isolated.cosine).slice(0, most);
  const inOrder = layers.filter((layer) => shown.includes(layer));
  return [
    colours.bold(
      `${check.model}: format ${check.format}, toolkit ${check.toolkit ?? 'unknown'}, ${check.cases.length} inputs`,
    ),
    ...(layers.length === 0
      ? []
      : [
          '',
          `Layers, the ${Math.min(most, layers.length)} of ${layers.length} that are worst alone, each on its worst input`,
          ...layerTable(inOrder, colours),
        ]),
    ...(weights.length === 0
      ? []
      : [
          '',
          `Weights that their format holds badly: ${weights.length} of ${check.weightsSeen}`,
          ...weightTable(weights.slice(0, most)),
        ]),
    '',
    'Answers against the float network',
    ...answerTable(worstAnswers(answers).slice(0, most)),
    answerSentence(answers),
    ...remarks.flatMap((remark) => ['', remark]),
    '',
    ...(advice.length === 0
      ? [
          layers.length === 0
            ? 'No layer could be looked at.'
            : colours.green(
                `Nothing to do: every layer is as near to the float network as ${check.format} lets it be.`,
              ),
        ]
      : advice.flatMap(({ finding, action }, index) => [
          colours.yellow(`${index + 1}. ${finding}`),
          `   ${action}`,
        ])),
    colours.dim(note),
  ];
}

function layerTable(layers: readonly ConvertedLayer[], colours: Colours): string[] {
  const [head, ...body] = plainTable(
    [
      { title: 'layer' },
      { title: 'computes' },
      { title: 'cosine alone', align: 'right' },
      { title: 'with all before', align: 'right' },
      { title: 'error alone', align: 'right' },
      { title: 'with all before', align: 'right' },
      { title: 'clipped', align: 'right' },
      { title: 'reading' },
    ],
    layers.map((layer) => [
      shortenMiddle(layer.value, widestName),
      shortenMiddle(layer.ops.join('+'), widestName),
      formatCosine(layer.isolated.cosine),
      formatCosine(layer.cumulative.cosine),
      percent(layer.isolated.relative),
      percent(layer.cumulative.relative),
      layer.clipped === 0 ? '' : percent(layer.clipped),
      layer.reading,
    ]),
  );
  return [
    head!,
    ...body.map((line, index) => (healthy.includes(layers[index]!.reading) ? line : colours.yellow(line))),
  ];
}

const weightTable = (weights: ConversionCheck['weights']): string[] =>
  plainTable(
    [
      { title: 'node' },
      { title: 'signal to rounding', align: 'right' },
      { title: 'largest weight', align: 'right' },
      { title: 'channels within two steps', align: 'right' },
    ],
    weights.map(({ node, snrDb, outlier, coarseChannels, channels }) => [
      shortenMiddle(node, widestName),
      `${formatNumber(snrDb, 3)} dB`,
      `${formatNumber(outlier, 3)} deviations`,
      `${coarseChannels} of ${channels}`,
    ]),
  );

const worstAnswers = (answers: readonly ConvertedAnswer[]): ConvertedAnswer[] =>
  answers.toSorted((a, b) => b.converted.maxAbs - a.converted.maxAbs);

const answerTable = (answers: readonly ConvertedAnswer[]): string[] =>
  plainTable(
    [
      { title: 'case' },
      { title: 'output' },
      { title: 'float', align: 'right' },
      { title: 'converted', align: 'right' },
      { title: '|error|', align: 'right' },
      { title: 'margin', align: 'right' },
    ],
    answers.map(({ case: name, output, golden, converted }) => [
      shortenMiddle(name, widestName),
      output,
      golden ? `${golden.index}: ${formatNumber(golden.value, 5)}` : '',
      converted.top1 ? `${converted.top1.index}: ${formatNumber(converted.top1.value, 5)}` : '',
      formatNumber(converted.maxAbs),
      converted.margin === undefined ? '' : `${formatNumber(converted.margin, 3)} nats`,
    ]),
  );

function answerSentence(answers: readonly ConvertedAnswer[]): string {
  const ranked = answers.filter(({ converted }) => converted.agrees !== undefined);
  const agree = ranked.filter(({ converted }) => converted.agrees).length;
  const outside = answers.filter(({ converted }) => !converted.ok).length;
  const best =
    ranked.length === 0 ? '' : `The best class is the float network’s on ${agree} of ${ranked.length}. `;
  return `${best}Outside the spec’s tolerance: ${outside} of ${answers.length}.`;
}

const percent = (share: number): string =>
  Number.isFinite(share) ? `${formatNumber(share * 100, 3)} %` : formatNumber(share);
