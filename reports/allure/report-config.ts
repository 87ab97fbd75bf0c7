import { categories } from './categories.ts';
import type { KnownIssues } from './known-issues.ts';
import { environmentLabel, type StackEnvironment } from './stack-environment.ts';

export interface ReportLook {
  /** Title of the report. */
  readonly name: string;
  /** Results of earlier runs, as `writeHistoryFile` writes them; makes trends and the history of each test. Only read. */
  readonly historyFile?: string | undefined;
  /** One HTML file that opens without a server, at the price of holding every attachment. */
  readonly singleFile?: boolean | undefined;
  readonly theme?: 'light' | 'dark' | 'auto' | undefined;
}

/** What a report's configuration takes from its results. */
export interface ReportFacts {
  readonly knownIssues: KnownIssues;
  readonly environments: readonly StackEnvironment[];
}

/**
 * The configuration that Allure 3 is started with: the source of a module (`allurerc.mjs`), because environments are
 * told apart by functions.
 */
export function reportConfig(
  { name, historyFile, singleFile = false, theme = 'auto' }: ReportLook,
  output: string,
  { knownIssues, environments }: ReportFacts,
): string {
  const config = {
    name,
    output,
    // A report adds nothing to a history: the store has it, and makes the file anew for each report.
    ...(historyFile === undefined ? {} : { historyPath: historyFile, appendHistory: false }),
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
  return `const environment = ({ id, name }) => [
  id,
  { name, matcher: ({ labels }) => labels.some((label) => label.name === ${JSON.stringify(environmentLabel)} && label.value === name) },
];

export default {
  ...${JSON.stringify(config)},
  environments: Object.fromEntries(${JSON.stringify(environments)}.map(environment)),
};
`;
}

/** What a team that watches precision looks at; the other charts of Allure need labels that specs do not carry. */
const charts = [
  { type: 'currentStatus', title: 'Verdicts' },
  { type: 'statusDynamics', title: 'Verdicts over runs', limit: 30 },
  { type: 'statusTransitions', title: 'What changed since the run before', limit: 30 },
  { type: 'durations', title: 'Time per case', groupBy: 'none' },
  { type: 'durationDynamics', title: 'Time over runs', limit: 30 },
];
