import { posix } from 'node:path';
import { type Label, LabelName, type Link, LinkType, type Parameter } from 'allure-js-commons';
import type { ComponentVersion } from '../../harness/board/sdk-stack.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { isMarginal } from '../facts/run-counts.ts';
import { boardLabel } from '../facts/target.ts';
import { describeTarget, kindOfTarget } from './identity.ts';
import { knownIssueTag } from './known-issues.ts';
import { environmentLabel, environmentName } from './stack-environment.ts';

/** Where a result stands in the report's trees, and what it can be found by. */
export function labelsOf(record: CaseRecord): Label[] {
  const { case: testCase, target, labels, owner, severity } = record;
  return [
    { name: LabelName.PARENT_SUITE, value: posix.dirname(testCase.specFile) },
    { name: LabelName.SUITE, value: testCase.spec },
    { name: LabelName.SUB_SUITE, value: describeTarget(target) },
    { name: LabelName.FRAMEWORK, value: 'hil' },
    // The timeline has a lane for each host and thread.
    { name: LabelName.HOST, value: target.board },
    { name: LabelName.THREAD, value: `SDK ${target.sdk}` },
    { name: environmentLabel, value: environmentName(target) },
    ...(owner === undefined ? [] : [{ name: LabelName.OWNER, value: owner }]),
    ...(severity === undefined ? [] : [{ name: LabelName.SEVERITY, value: severity }]),
    ...Object.entries(labels).flatMap(([name, values]) => values.map((value) => ({ name, value }))),
    ...tagsOf(record).map((value) => ({ name: LabelName.TAG, value })),
  ];
}

function tagsOf(record: CaseRecord): string[] {
  const marks = [
    ...(record.target.simulated ? ['simulated'] : []),
    ...(isMarginal(record) ? ['marginal'] : []),
    ...((record.unseenFaults ?? []).length > 0 ? ['blind-tolerance'] : []),
    ...(record.knownIssue ? [knownIssueTag] : []),
  ];
  return [...new Set([...record.tags, ...marks])];
}

export function linksOf({ links, knownIssue }: CaseRecord): Link[] {
  const own = links.map(({ url, name, type }) => ({
    url,
    name: name ?? url,
    type: type ?? LinkType.DEFAULT,
  }));
  if (knownIssue?.url === undefined) return own;
  return [...own, { url: knownIssue.url, name: knownIssue.id, type: LinkType.ISSUE }];
}

/** What a result is told apart by comes first; the rest is shown, and may change under the same SDK. */
export function parametersOf({ run, case: { input }, target }: CaseRecord): Parameter[] {
  const { stack } = target;
  const shown: [string, string | undefined][] = [
    ['board', boardLabel(target)],
    ['api', describeVersion(stack?.api)],
    ['driver', describeVersion(stack?.driver)],
    ['toolkit', describeVersion(stack?.toolkit)],
    ['input', input],
    ['run', run],
  ];
  return [
    ...kindOfTarget(target).map(([name, value]) => ({ name, value })),
    ...shown.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value, excluded: true }])),
  ];
}

/** Version and commit; the whole text where it names no version. */
function describeVersion(component: ComponentVersion | undefined): string | undefined {
  if (!component) return undefined;
  const { version, commit, text } = component;
  return version === '' ? text : [version, commit].filter((part) => part !== undefined).join(' ');
}
