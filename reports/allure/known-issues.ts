import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabelName, LinkType } from 'allure-js-commons';
import { z } from 'zod';

const resultSchema = z.object({
  testCaseId: z.string(),
  labels: z.array(z.object({ name: z.string(), value: z.string() })),
  links: z.array(z.object({ url: z.string(), name: z.string().optional(), type: z.string().optional() })),
});

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

/** Finds the known issues that results name. (`known` in a result would do too, but Allure 3 then counts it as accepted.) */
export async function readKnownIssues(folders: readonly string[]): Promise<KnownIssues> {
  const issues = new Map<string, { url: string; testCaseIds: Set<string> }>();
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (!name.endsWith('-result.json')) continue;
      for (const { id, url, testCaseId } of await issuesOf(join(folder, name))) {
        const known = issues.get(id) ?? { url, testCaseIds: new Set() };
        known.testCaseIds.add(testCaseId);
        issues.set(id, known);
      }
    }
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

async function issuesOf(file: string): Promise<{ id: string; url: string; testCaseId: string }[]> {
  const parsed = resultSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  // A result of somebody else's, that lacks what ours have, names no issue of ours.
  if (!parsed.success) return [];
  const { labels, links, testCaseId } = parsed.data;
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
