import type { Assessment } from '../../harness/accept/assessment.ts';
import { encodeNumber } from '../../harness/store/record-journal.ts';
import { acceptancePage } from './html.ts';
import { acceptanceMarkdown } from './markdown.ts';

export interface AcceptanceFile {
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly content: string;
}

/** The assessment as JSON; numbers that JSON lacks as records write them. */
export const acceptanceJson = (assessment: Assessment): string =>
  `${JSON.stringify(assessment, encodeNumber, 2)}\n`;

/** What is kept of a check. */
export const acceptanceFiles = (assessment: Assessment): AcceptanceFile[] => [
  { name: 'acceptance.html', title: 'Page with plots', content: acceptancePage(assessment) },
  { name: 'acceptance.md', title: 'For a pull request', content: acceptanceMarkdown(assessment) },
  { name: 'acceptance.json', title: 'All numbers', content: acceptanceJson(assessment) },
];
