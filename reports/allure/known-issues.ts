import { LabelName, LinkType } from 'allure-js-commons';
import type { ReadResult } from './read-results.ts';

// As text: what is read from a file is no member of an enum.
const tag: string = LabelName.TAG;
const issue: string = LinkType.ISSUE;

/** Marks the results whose spec names a known issue; the issue's link has the type `issue` and the id as its name. */
export const knownIssueTag = 'known-issue';

/** Allure's own way to say that a failure is known: a rule for each issue. Its results stay failures. */
export interface KnownIssues {
  readonly rules: readonly {
    readonly resolution: 'issue';
    readonly issue: { readonly id: string; readonly type: string };
    readonly testCaseId: readonly string[];
  }[];
  /** Where issues of a type are found. */
  readonly links: Readonly<Record<string, { readonly urlTemplate: string }>>;
}

/** The known issues that results name. (`known` in a result would do too, but Allure 3 then counts it as accepted.) */
export function knownIssuesOf(results: readonly ReadResult[]): KnownIssues {
  const issues = new Map<string, { url: string; testCaseIds: Set<string> }>();
  for (const { id, url, testCaseId } of results.flatMap(issuesOf)) {
    const known = issues.get(id) ?? { url, testCaseIds: new Set() };
    known.testCaseIds.add(testCaseId);
    issues.set(id, known);
  }
  return {
    rules: [...issues].map(([id, { testCaseIds }]) => ({
      resolution: 'issue',
      issue: { id, type: typeOf(id) },
      testCaseId: [...testCaseIds],
    })),
    links: Object.fromEntries(
      [...issues].map(([id, { url }]) => [typeOf(id), { urlTemplate: urlTemplate(url, id) }]),
    ),
  };
}

function issuesOf({
  labels,
  links,
  testCaseId,
}: ReadResult): { id: string; url: string; testCaseId: string }[] {
  if (!labels.some(({ name, value }) => name === tag && value === knownIssueTag)) return [];
  return links.flatMap(({ type, name, url }) =>
    type === issue && name !== undefined && /^https?:/.test(url) ? [{ id: name, url, testCaseId }] : [],
  );
}

/** Addresses belong to types, so that every issue is of its own type. */
const typeOf = (id: string): string => `known issue ${id}`;

/** Allure wants one %s, where it puts the issue's id. */
function urlTemplate(url: string, id: string): string {
  const parts = url.split(encodeURIComponent(id));
  return parts.length === 2 && !url.includes('%s') ? parts.join('%s') : `${url.replaceAll('%s', '%25s')}#%s`;
}
