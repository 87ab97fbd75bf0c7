import { posix } from 'node:path';
import type { CaseRecord } from '../../harness/store/record.ts';
import { verdictMessage } from '../facts/case-text.ts';
import { knownCause } from '../facts/explanation-text.ts';

/** GitHub shows so many of a kind for each step, and drops the others without a word. */
const mostOfAKind = 10;

/**
 * Workflow commands of GitHub Actions that mark spec files: failures as errors, broken cases as warnings, because those
 * say nothing against the change. Cases of one spec with one reason share a mark.
 */
export function annotationsOf(records: readonly CaseRecord[], projectPath: string): string[] {
  const failed = marksOf(records.filter(({ verdict }) => verdict === 'failed'));
  const broken = marksOf(records.filter(({ verdict }) => verdict === 'broken' || verdict === 'unknown'));
  return [...limited('error', failed, projectPath), ...limited('warning', broken, projectPath)];
}

interface Mark {
  readonly file: string;
  readonly message: string;
  readonly names: string[];
}

function marksOf(records: readonly CaseRecord[]): Mark[] {
  const marks = new Map<string, Mark>();
  for (const record of records) {
    const { name, specFile: file } = record.case;
    const cause = knownCause(record);
    const message = cause === undefined ? verdictMessage(record) : `${verdictMessage(record)} Why: ${cause}`;
    const key = JSON.stringify([file, message]);
    const mark = marks.get(key) ?? { file, message, names: [] };
    mark.names.push(`${name} (${record.target.board}, SDK ${record.target.sdk})`);
    marks.set(key, mark);
  }
  return [...marks.values()];
}

function limited(kind: 'error' | 'warning', marks: readonly Mark[], projectPath: string): string[] {
  const shown = marks.length > mostOfAKind ? marks.slice(0, mostOfAKind - 1) : marks;
  const left = marks.length - shown.length;
  return [
    ...shown.map(({ file, message, names }) =>
      command(kind, { file: posix.join(projectPath, file), title: titleOf(names) }, message),
    ),
    ...(left === 0 ? [] : [command(kind, {}, `${left} more; the JUnit file and the Allure report have all`)]),
  ];
}

const titleOf = ([first = '', ...others]: readonly string[]) =>
  others.length === 0 ? first : `${first} and ${others.length} more`;

function command(kind: string, properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${kind}${list.length > 0 ? ` ${list.join(',')}` : ''}::${escapeData(message)}`;
}

// As GitHub's own toolkit escapes them: anything else would end the command early.
const escapeData = (text: string) =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string) => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
