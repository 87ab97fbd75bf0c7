import { categories } from './categories.ts';
import type { KnownIssues } from './known-issues.ts';

export interface ReportLook {
  /** Title of the report. */
  readonly name: string;
  /** File that carries the results of earlier reports; makes trends and the history of each test. */
  readonly historyFile?: string | undefined;
  /** How many earlier reports the history keeps. */
  readonly historyLimit?: number | undefined;
  /** One HTML file that opens without a server, at the price of holding every attachment. */
  readonly singleFile?: boolean | undefined;
  readonly theme?: 'light' | 'dark' | 'auto' | undefined;
}

/** The configuration that Allure 3 is started with, as the JSON it reads (`allurerc.json`). */
export function reportConfig(
  { name, historyFile, historyLimit = 30, singleFile = false, theme = 'auto' }: ReportLook,
  output: string,
  knownIssues: KnownIssues,
): object {
  return {
    name,
    output,
    ...(historyFile === undefined ? {} : { historyPath: historyFile, historyLimit, appendHistory: true }),
    ...(knownIssues.rules.length === 0 ? {} : { resolutions: knownIssues }),
    // Allure 3 takes categories from here; the file among the results is for Allure 2.
    categories: categories.map((category) => ({ ...category, groupByMessage: false, expand: true })),
    plugins: {
      awesome: {
        options: {
          reportName: name,
          singleFile,
          theme,
          reportLanguage: 'en',
          groupBy: ['parentSuite', 'suite', 'subSuite'],
          charts,
        },
      },
      // On by default; it writes for programs, not for readers.
      agent: { enabled: false },
    },
  };
}

/** What a team that watches precision looks at; the other charts of Allure need labels that specs do not carry. */
const charts = [
  { type: 'currentStatus', title: 'Verdicts' },
  { type: 'statusDynamics', title: 'Verdicts over runs', limit: 30 },
  { type: 'statusTransitions', title: 'What changed since the run before', limit: 30 },
  { type: 'durations', title: 'Time per case', groupBy: 'none' },
  { type: 'durationDynamics', title: 'Time over runs', limit: 30 },
];
