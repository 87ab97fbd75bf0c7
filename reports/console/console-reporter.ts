import type { Reporter } from '../../harness/pipeline/reporter.ts';
import { type Environment, canRedraw, coloursFor, usableWidth } from './appearance.ts';
import type { Lifetime } from './live-block.ts';
import { LiveProgress } from './live-progress.ts';
import { LogProgress } from './log-progress.ts';
import type { Progress } from './progress.ts';
import { type ReportPaths, runReport } from './run-report.ts';
import type { TextOutput } from './text-output.ts';

export interface ConsoleReporterOptions {
  /** Takes the results, once, at the end. */
  readonly stdout: TextOutput;
  /** Takes the progress. */
  readonly stderr: TextOutput;
  /** CI, NO_COLOR, FORCE_COLOR and TERM are looked at. */
  readonly env: Environment;
  /** Files of the other reporters, to be named at the end. */
  readonly paths?: ReportPaths | undefined;
  /** `process` by default; gives the cursor back when the program ends. */
  readonly lifetime?: Lifetime | undefined;
}

/**
 * Tells a run on the terminal, or in a log where nothing can be redrawn (no terminal, `CI` set): the same facts in both.
 */
export function consoleReporter({
  stdout,
  stderr,
  env,
  paths = {},
  lifetime = process,
}: ConsoleReporterOptions): Reporter {
  const colours = coloursFor(stderr, env);
  const progress: Progress = canRedraw(stderr, env)
    ? new LiveProgress(stderr, colours, lifetime)
    : new LogProgress(stderr, colours);
  return {
    onRunStart: (plan) => progress.start(plan),
    onStage: (update) => progress.stage(update),
    onCaseEnd: (record) => progress.caseEnd(record),
    onBoardSetAside: (event) => progress.boardSetAside(event),
    onNotice: (text) => progress.notice(text),
    onRunEnd: (summary) => {
      progress.end();
      stdout.write(`\n${runReport(summary, paths, usableWidth(stdout), coloursFor(stdout, env))}`);
    },
  };
}
