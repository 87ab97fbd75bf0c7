import type { OutputComparison, RankedClass } from '../../harness/compare/comparison.ts';
import { formatShape } from '../../harness/tensor/tensor.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { className } from '../facts/class-name.ts';
import { checkRows } from '../facts/check-rows.ts';
import { conversionSentence } from '../facts/conversion-text.ts';
import { formatDuration, medianNpuMs } from '../facts/duration.ts';
import { escapeMarkup } from '../facts/escape-markup.ts';
import { formatCosine, formatNumber } from '../facts/number.ts';
import { isMarginal } from '../facts/run-counts.ts';
import { boardLabel, stackLabel } from '../facts/target.ts';
import type { CaseContext } from './case-result.ts';
import { describeExplanation } from './explanation-html.ts';
import type { Past } from './past.ts';
import { furtherErrorLines, verdictSentence } from '../facts/verdict-sentence.ts';

/**
 * What a team lead wants to read about one case, as HTML: the verdict in a sentence, the numbers behind it, the pictures,
 * and where it all comes from.
 */
export function describeCase(
  record: CaseRecord,
  { charts = [], captureGone = false, past = {} }: CaseContext = {},
): string {
  const { comparison } = record;
  return [
    describeVerdict(record),
    record.case.description === undefined ? '' : `<p>${escapeMarkup(record.case.description)}</p>`,
    describeRegression(past),
    describeExplanation(record),
    describeConversion(record),
    comparison ? describeChecks(record) : '',
    ...charts.map((svg) => picture(svg, 'golden against board')),
    captureGone ? '<p>No picture: what the board answered is not kept any more.</p>' : '',
    past.trend === undefined ? '' : picture(past.trend, 'this case over time'),
    ...(comparison?.outputs ?? []).flatMap((output) => describeOutput(output, record.classNames)),
    describeUnseen(record),
    describeAttempts(record),
    describeOrigin(record),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

// Allure takes SVG elements out of descriptions, and leaves pictures in.
const picture = (svg: string, alt: string): string =>
  `<p><img src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}" alt="${alt}"/></p>`;

function describeRegression({ regression }: Past): string {
  if (regression === undefined) return '';
  const { lastPass, failures, changes } = regression;
  const since = `It passed in ${lastPass.run.id}; ${failures === 1 ? 'this is the first failure since' : `it has failed ${failures} times since, with this one`}`;
  if (changes.length === 0) {
    return `<p><strong>Regression:</strong> ${escapeMarkup(since)}. No input, model, golden, tolerance, board or SDK that records tell of has changed.</p>`;
  }
  const items = changes.map((change) => `<li>${escapeMarkup(change)}</li>`);
  return `<p><strong>Regression:</strong> ${escapeMarkup(since)}. What else has changed:</p>\n<ul>${items.join('')}</ul>`;
}

function describeVerdict(record: CaseRecord): string {
  const { error, knownIssue, target } = record;
  const word = isMarginal(record) ? 'passed, marginal' : record.verdict;
  const lines = [`<p><strong>${capitalised(word)}:</strong> ${escapeMarkup(verdictSentence(record))}.</p>`];
  if (target.simulated) {
    lines.push('<p><strong>Simulated:</strong> a virtual board computed this; no NPU was involved.</p>');
  }
  if (error) {
    const further = furtherErrorLines(record).map(escapeMarkup);
    if (further.length > 0) lines.push(`<p>${further.join('<br/>')}</p>`);
    lines.push(
      `<p><strong>Next:</strong> ${escapeMarkup(error.hint)} <code>${escapeMarkup(error.code)}</code></p>`,
    );
  }
  if (knownIssue) {
    lines.push(
      `<p><strong>Known issue ${escapeMarkup(knownIssue.id)}:</strong> ${escapeMarkup(knownIssue.reason)}. It still counts as a failure.</p>`,
    );
  }
  return lines.join('\n');
}

function describeConversion(record: CaseRecord): string {
  const sentence = conversionSentence(record);
  return sentence === undefined
    ? ''
    : `<p><strong>Conversion and board:</strong> ${escapeMarkup(sentence)}.</p>`;
}

function describeChecks({ comparison }: CaseRecord): string {
  if (!comparison) return '';
  const faults = comparison.faults.map(
    ({ kind, message }) => `<li><strong>${escapeMarkup(kind)}:</strong> ${escapeMarkup(message)}</li>`,
  );
  const rows = checkRows(comparison);
  const anyFailed = rows.some(({ ok }) => !ok);
  const head = [
    'output',
    'check',
    'value',
    'limit',
    'used',
    'verdict',
    ...(anyFailed ? ['would just pass'] : []),
  ];
  const cells = rows.map(({ output, check, value, limit, used, ok, wouldPass }) => [
    output,
    check,
    value,
    limit,
    used,
    ok ? 'ok' : 'FAILED',
    ...(anyFailed ? [wouldPass] : []),
  ]);
  return [
    ...(faults.length > 0 ? [`<ul>${faults.join('')}</ul>`] : []),
    ...(rows.length > 0 ? [table(head, cells)] : []),
  ].join('\n');
}

function describeOutput(
  { name, shape, given, kind, metrics, ranking }: OutputComparison,
  classNames: CaseRecord['classNames'],
): string[] {
  const worst = metrics.worst
    ? ` Worst element [${metrics.worst.index.join(', ')}]: golden ${formatNumber(metrics.worst.golden, 6)}, board ${formatNumber(metrics.worst.board, 6)}.`
    : '';
  const facts = [
    `max |error| ${formatNumber(metrics.maxAbsError)}`,
    `mean ${formatNumber(metrics.meanAbsError)}`,
    `RMSE ${formatNumber(metrics.rmse)}`,
    `cosine ${formatCosine(metrics.cosine)}`,
    `gain ${formatNumber(metrics.gain, 6)}`,
    ...(kind === 'probabilities' ? [`KL ${formatNumber(metrics.kl)} nats`] : []),
    `largest fp16 step distance ${formatNumber(metrics.maxUlp)}`,
  ];
  const parts = [
    `<h4>${escapeMarkup(name)} (${formatShape(shape)}, ${kind})</h4>`,
    `<p>${escapeMarkup(facts.join(' · '))}.${escapeMarkup(worst)}</p>`,
    ...(given
      ? [`<p>Only ${given.values} of ${given.of} values were given; the others were not compared.</p>`]
      : []),
  ];
  if (ranking) {
    parts.push(
      table(
        ['place', 'golden', 'value', 'board', 'value'],
        rankRows(ranking.goldenTop, ranking.boardTop, classNames),
      ),
      `<p>Margin between the golden's two best classes: golden ${formatNumber(ranking.goldenMargin)}, board ${formatNumber(ranking.boardMargin)} nats.</p>`,
    );
  }
  return parts;
}

function rankRows(
  golden: readonly RankedClass[],
  board: readonly RankedClass[],
  classNames: CaseRecord['classNames'],
): string[][] {
  const places = Math.min(5, Math.max(golden.length, board.length));
  const cells = (ranked: RankedClass | undefined): string[] =>
    ranked ? [className(ranked.index, classNames), formatNumber(ranked.value)] : ['', ''];
  return Array.from({ length: places }, (_, place) => [
    `${place + 1}`,
    ...cells(golden[place]),
    ...cells(board[place]),
  ]);
}

function describeUnseen({ unseenFaults = [], toleranceUntested }: CaseRecord): string {
  if (toleranceUntested !== undefined)
    return `<p>The tolerance was not tested with injected faults: ${escapeMarkup(toleranceUntested)}.</p>`;
  if (unseenFaults.length === 0) return '';
  const items = unseenFaults.map(
    ({ output, message }) => `<li>${escapeMarkup(`${output}: ${message}`)}</li>`,
  );
  return `<h4>What this tolerance would not have noticed</h4>\n<ul>${items.join('')}</ul>`;
}

function describeAttempts({ attempts }: CaseRecord): string {
  if (attempts.length === 0) return '';
  const items = attempts.map(
    ({ error, board, ms }) =>
      `<li>${escapeMarkup(`${board}, ${formatDuration(ms)}: ${error.message}`)} <code>${error.code}</code></li>`,
  );
  return `<h4>Earlier attempts</h4>\n<ol>${items.join('')}</ol>`;
}

function describeOrigin({ case: testCase, target, golden, hashes, timings, capture }: CaseRecord): string {
  const npuMs = medianNpuMs(timings.npuTimeUs);
  const short = (hash: string | undefined): string => hash?.slice(0, 12) ?? '';
  const rows: [string, string][] = [
    ['board', boardLabel(target)],
    ['SDK stack', stackLabel(target)],
    ['format', target.format],
    ['NPU time', npuMs === undefined ? '' : `${formatDuration(npuMs)}${ofRuns(timings.npuTimeUs.length)}`],
    [
      'golden',
      golden
        ? `${short(golden.id)} (${golden.source}, ${golden.engine}; two executions agree within ${formatNumber(golden.sealedWithin)})`
        : '',
    ],
    ['spec', `${testCase.specFile} (${short(hashes.spec)})`],
    ['input', `${testCase.inputFile}${hashes.input === undefined ? '' : ` (${short(hashes.input)})`}`],
    ['reference model', short(hashes.referenceModel)],
    ['board model', short(hashes.boardModel)],
    ['preprocessing', short(hashes.preprocess)],
    ['capture', capture ?? ''],
  ];
  const known = rows.filter(([, value]) => value !== '');
  return `<h4>Where it comes from</h4>\n${table(['what', 'value'], known)}`;
}

const ofRuns = (runs: number): string => (runs === 1 ? '' : `, median of ${runs}`);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeMarkup(cell)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${line(head, 'th')}</thead><tbody>${rows.map((row) => line(row, 'td')).join('')}</tbody></table>`;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
