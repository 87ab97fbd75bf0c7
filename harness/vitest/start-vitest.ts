import { createVitest, type Vitest } from 'vitest/node';
import type { Reporter } from '../pipeline/reporter.ts';
import { hil } from './plugin.ts';
import type { PreparedRun } from './prepare-run.ts';
import { type RelayedRun, relayReporter } from './relay-reporter.ts';

export interface StartOptions {
  readonly prepared: PreparedRun;
  readonly reporters: readonly Reporter[];
  /** Vitest's own reporters to add, by name. */
  readonly vitestReporters: readonly string[];
  /** Stop after this many cases that did not pass; 0 for never. */
  readonly bail: number;
  readonly workers?: number | undefined;
  readonly watch: boolean;
  readonly signal: AbortSignal;
}

/** Runs the prepared cases with Vitest, in processes of their own, and waits for the end. */
export async function startVitest({
  prepared,
  reporters,
  vitestReporters,
  bail,
  workers,
  watch,
  signal,
}: StartOptions): Promise<RelayedRun> {
  const relay = relayReporter(prepared, reporters);
  const vitest = await createVitest(
    'test',
    {
      root: prepared.project.root,
      config: false,
      include: Object.keys(prepared.settings.selected).map(escapeGlob),
      exclude: [],
      reporters: [relay, ...vitestReporters],
      pool: 'forks',
      isolate: false,
      watch,
      bail,
      passWithNoTests: false,
      ...(workers === undefined ? {} : { maxWorkers: workers }),
    },
    { plugins: [hil({ run: prepared })], logLevel: 'error' },
  );
  const cancel = () => void vitest.cancelCurrentRun('keyboard-input');
  signal.addEventListener('abort', cancel);
  try {
    if (signal.aborted) return { ...relay.outcome(), interrupted: true };
    await vitest.start();
    if (watch) await untilAborted(signal);
    return { ...relay.outcome(), interrupted: relay.outcome().interrupted || (signal.aborted && !watch) };
  } finally {
    signal.removeEventListener('abort', cancel);
    await close(vitest);
  }
}

/** Vitest sets the exit code for failed tests; ours is more precise. */
async function close(vitest: Vitest): Promise<void> {
  await vitest.close();
  process.exitCode = 0;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Spec files are named exactly: what a glob would read as a pattern is taken literally. */
const escapeGlob = (path: string) => path.replaceAll(/[\\*?{}()[\]!+@]/g, String.raw`\$&`);
