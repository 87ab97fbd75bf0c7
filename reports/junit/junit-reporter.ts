import { HilError } from '../../harness/hil-error.ts';
import type { Reporter } from '../../harness/pipeline/reporter.ts';
import { writeDurably } from '../../harness/store/durable-file.ts';
import { junitXml } from './junit-xml.ts';

export interface JunitReporterOptions {
  /** Absolute path of the file. */
  readonly file: string;
}

/** The JUnit file cannot be written where it was asked for. The run's records are not touched by that. */
export class JunitFileError extends HilError {
  readonly code = 'HIL_JUNIT_NOT_WRITTEN';
  readonly owner = 'spec';

  constructor(file: string, cause: unknown) {
    super(
      `the JUnit file ${file} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'Name a file in a folder that you may write to, and that has room.',
        cause,
      },
    );
  }
}

/** Writes the whole run as one JUnit file at its end, so that no reader ever sees half of it. */
export function junitReporter({ file }: JunitReporterOptions): Reporter {
  return {
    async onRunEnd(summary) {
      try {
        await writeDurably(file, junitXml(summary));
      } catch (error) {
        throw new JunitFileError(file, error);
      }
    },
  };
}
