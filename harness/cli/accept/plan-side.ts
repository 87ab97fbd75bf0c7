import type { Cancellable } from '../../cancellable.ts';
import { evidenceOfRecords } from '../../accept/evidence/evidence-of-records.ts';
import type { StackEvidence } from '../../accept/evidence/evidence.ts';
import { recordsFromHistory } from '../../accept/evidence/from-history.ts';
import { joinEvidence } from '../../accept/evidence/join-evidence.ts';
import { storedRunsSource } from '../../accept/evidence/stored-runs-source.ts';
import { HilError } from '../../hil-error.ts';
import { type PlannedCase, planCases } from '../../pipeline/plan-cases.ts';
import type { Project } from '../../project/project.ts';
import { boardsOf } from '../../vitest/boards.ts';
import { importSpecModule } from '../../vitest/import-spec-module.ts';
import { convertFor } from '../convert-for.ts';
import type { Io } from '../io.ts';
import { openWholeHistory } from '../open-history.ts';
import { runStack } from './run-stack.ts';

/** A command line that does not say what is to be compared. */
export class AcceptUsageError extends HilError {
  readonly code = 'HIL_ACCEPT_USAGE';
  readonly owner = 'spec';
}

/** One side of the check, as the command line says it. */
export interface SideChoice {
  readonly name: 'baseline' | 'candidate';
  readonly sdk: string | undefined;
  /** Stored runs to take it from; none: the cases are run, or taken from the history. */
  readonly runs: readonly string[] | undefined;
}

/** What both sides share. */
export interface AcceptChoices {
  readonly words: readonly string[];
  readonly name?: RegExp | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly board?: string | undefined;
  readonly repeats: number;
  /** Take from the history what still holds, and run only what is missing. */
  readonly history: boolean;
  /** Run the mixed corners of the grid, too. */
  readonly attribution: boolean;
  /** Of the history: nothing older. */
  readonly since?: Date | undefined;
}

/** A side that is planned; nothing has been run for it. */
export interface PlannedSide {
  /** The cases and their SDK; undefined where stored runs are taken as they are. */
  readonly stack: { readonly sdk: string; readonly planned: readonly PlannedCase[] } | undefined;
  /** @returns undefined if it was interrupted. */
  collect(): Promise<StackEvidence | undefined>;
}

/**
 * Plans one side: specs are loaded and models converted, but no board is touched.
 *
 * @returns undefined if it was interrupted.
 */
export async function planSide(
  { name, sdk, runs }: SideChoice,
  choices: AcceptChoices,
  project: Project,
  io: Io,
): Promise<PlannedSide | undefined> {
  const cancellable: Cancellable = { signal: io.signal };
  if (runs !== undefined) {
    const source = storedRunsSource(project, { runs, sdk }, () => openWholeHistory(project, io));
    return { stack: undefined, collect: () => source.collect(cancellable) };
  }
  if (sdk === undefined)
    throw new AcceptUsageError(`it is not said which SDK is the ${name}`, {
      hint: `Give --${name} <sdk> to run the cases on it, or --${name}-run <run> to take a stored run.`,
    });
  const { words, name: namePattern, tag: tags, board } = choices;
  const planned = await convertFor(
    await planCases(
      project,
      boardsOf(project),
      { cwd: io.cwd, words, namePattern, tags, board, sdk },
      importSpecModule,
    ),
    project,
    io,
  );
  if (planned === undefined) return undefined;
  return {
    stack: { sdk, planned },
    async collect() {
      const known = choices.history ? await fromHistory({ sdk, planned }, choices, project, io) : undefined;
      const toRun = known?.missing ?? planned;
      const sources = known?.evidence === undefined ? [] : [known.evidence];
      if (toRun.length > 0) {
        const outcome = await runStack(project, { sdk, planned: toRun }, choices.repeats, io);
        if (io.signal.aborted) return undefined;
        sources.push(await evidenceOfRun(project, outcome.run, sdk, cancellable));
      }
      return joinEvidence(sources);
    },
  };
}

/** What a run that was made just now says. */
export const evidenceOfRun = (
  project: Pick<Project, 'root' | 'stateFolder'>,
  run: string,
  sdk: string,
  options: Cancellable,
): Promise<StackEvidence> =>
  storedRunsSource(project, { runs: [run], sdk }, () =>
    Promise.reject(new Error('the run was made here')),
  ).collect(options);

async function fromHistory(
  { sdk, planned }: { readonly sdk: string; readonly planned: readonly PlannedCase[] },
  { since }: AcceptChoices,
  project: Project,
  io: Io,
): Promise<{ readonly evidence: StackEvidence | undefined; readonly missing: readonly PlannedCase[] }> {
  await using store = await openWholeHistory(project, io);
  const { records, missing } = await recordsFromHistory(store, planned, project, {
    sdk,
    since: since?.toISOString(),
  });
  const [first] = missing;
  io.stderr.write(
    `SDK ${sdk}: ${records.length} of ${planned.length} cases from the history${
      first === undefined
        ? ''
        : `, ${missing.length} to run (${first.planned.case.name}: ${first.reason}${missing.length > 1 ? '; ...' : ''})`
    }\n`,
  );
  return {
    evidence:
      records.length === 0 ? undefined : await evidenceOfRecords(records, project, { signal: io.signal }),
    missing: missing.map((each) => each.planned),
  };
}
