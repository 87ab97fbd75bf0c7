import type { RunSummary } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { caseText, targetText, verdictMessage } from '../facts/case-text.ts';
import { medianNpuMs } from '../facts/duration.ts';
import { boardLabel, stackLabel } from '../facts/target.ts';
import { verdictKind } from '../facts/verdict-kind.ts';
import { verdictSentence } from '../facts/verdict-sentence.ts';
import { type Attributes, element } from './xml-element.ts';

/**
 * A run as JUnit XML: a suite for each spec file, a test case for each case. It keeps to what the schema of Jenkins'
 * xUnit plugin (junit-10) allows; that schema knows properties of suites only, so what belongs to one case is named after it.
 */
export function junitXml({ plan, records, totalMs, errors }: RunSummary): string {
  const suites = [...bySpecFile(records)].map(([specFile, cases]) => suiteOf(specFile, cases));
  if (errors.length > 0) suites.push(suiteOfErrors(errors));
  const { tests, failures, errors: errorCount } = countsOf(records);
  const root = element(
    'testsuites',
    {
      name: `hil ${plan.run}`,
      tests: tests + errors.length,
      failures,
      errors: errorCount + errors.length,
      time: seconds(totalMs),
    },
    suites,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function bySpecFile(records: readonly CaseRecord[]): Map<string, CaseRecord[]> {
  const suites = new Map<string, CaseRecord[]>();
  for (const record of records) {
    const suite = suites.get(record.case.specFile);
    if (suite) suite.push(record);
    else suites.set(record.case.specFile, [record]);
  }
  return suites;
}

function suiteOf(specFile: string, records: readonly CaseRecord[]): string {
  const totalMs = records.reduce((sum, { timings }) => sum + timings.totalMs, 0);
  const startedAt = records.map(({ timings }) => timings.startedAt).sort()[0] ?? '';
  return element(
    'testsuite',
    {
      name: specFile,
      file: specFile,
      ...countsOf(records),
      time: seconds(totalMs),
      // UTC without a zone, as Ant's format has it.
      timestamp: startedAt.slice(0, 'yyyy-mm-ddThh:mm:ss'.length),
    },
    [element('properties', {}, propertiesOf(records)), ...records.map(testCaseOf)],
  );
}

function suiteOfErrors(errors: readonly string[]): string {
  const cases = errors.map((error, index) =>
    element('testcase', { name: `error ${index + 1}`, classname: 'outside of cases', time: '0' }, [
      element('error', { type: 'run', message: error }, error),
    ]),
  );
  const count = errors.length;
  return element(
    'testsuite',
    { name: 'outside of cases', tests: count, failures: 0, errors: count, skipped: 0, time: '0' },
    cases,
  );
}

function countsOf(records: readonly CaseRecord[]) {
  const count = (...verdicts: CaseRecord['verdict'][]): number =>
    records.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    tests: records.length,
    failures: count('failed'),
    errors: count('broken', 'unknown'),
    skipped: count('skipped'),
  };
}

function testCaseOf(record: CaseRecord): string {
  const text = [...targetText(record), ...caseText(record)].join('\n');
  return element(
    'testcase',
    { name: nameOf(record), classname: record.case.spec, time: seconds(record.timings.totalMs) },
    [
      ...outcomeOf(record),
      ...attemptsOf(record),
      element('system-out', {}, `${verdictSentence(record)}\n${text}\n`),
    ],
  );
}

// The name tells targets apart but not boards of a farm, so that a case keeps its history from board to board.
function nameOf({ case: { input }, target }: CaseRecord): string {
  return `${input} [${target.simulated ? 'simulated ' : ''}SDK ${target.sdk} ${target.format}]`;
}

/** GitLab shows an outcome's text and Jenkins its message, so that both say it. */
function outcomeOf(record: CaseRecord): string[] {
  const message = verdictMessage(record);
  const text = [message, ...caseText(record)].join('\n');
  switch (record.verdict) {
    case 'passed':
      return [];
    case 'skipped':
      return [element('skipped', { message }, [])];
    case 'failed':
      return [element('failure', { type: verdictKind(record) ?? 'failed', message }, text)];
    case 'broken':
    case 'unknown':
      return [element('error', { type: verdictKind(record) ?? 'broken', message }, text)];
  }
}

function attemptsOf({ verdict, attempts }: CaseRecord): string[] {
  const tag = verdict === 'passed' ? 'flakyError' : 'rerunError';
  return attempts.map(({ error, board }) =>
    element(tag, { type: error.code, message: `on ${board}: ${error.message}` }, [
      element('stackTrace', {}, [error.message, ...error.causes].join('\ncaused by: ')),
    ]),
  );
}

function propertiesOf(records: readonly CaseRecord[]): string[] {
  const distinct = (value: (target: CaseRecord['target']) => string): string =>
    [...new Set(records.map(({ target }) => value(target)))].join(', ');
  const facts: Attributes = {
    board: distinct(boardLabel),
    sdk: distinct(stackLabel),
    format: distinct(({ format }) => format),
    simulated: distinct(({ simulated }) => String(simulated)),
  };
  const metrics = records.flatMap((record) =>
    metricsOf(record).map(([key, value]) => [`${nameOf(record)} ${key}`, value]),
  );
  return [...Object.entries(facts), ...metrics].map(([name = '', value = '']) =>
    element('property', { name, value }, []),
  );
}

function metricsOf({ comparison, timings }: CaseRecord): [string, string][] {
  const npuMs = medianNpuMs(timings.npuTimeUs);
  return [
    ...(comparison?.outputs ?? []).flatMap(({ name, metrics }): [string, string][] => [
      [`${name} max abs error`, String(metrics.maxAbsError)],
      [`${name} cosine`, String(metrics.cosine)],
    ]),
    ...(npuMs === undefined ? [] : [['NPU time ms', String(npuMs)] satisfies [string, string]]),
  ];
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? Math.max(0, ms / 1000) : 0).toFixed(3);
