import { HilError } from '../hil-error.ts';

/** One thing that is wrong with a spec or config file. */
export interface SpecProblem {
  /** Path inside the file, e.g. `inputs[0].file`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, with what was found and what was expected. */
  readonly message: string;
  /** 1-based, where the file format tells. */
  readonly line?: number | undefined;
}

/** A spec file that cannot be used, with everything that is wrong with it. */
export class SpecError extends HilError {
  readonly code = 'HIL_SPEC_INVALID';
  readonly owner = 'spec';
  /** Relative to the project's root. */
  readonly file: string;
  readonly problems: readonly SpecProblem[];

  constructor(
    file: string,
    problems: readonly SpecProblem[],
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(problems.map((problem) => formatProblem(file, problem)).join('\n'), {
      hint:
        options.hint ??
        'Correct the file; docs/spec-reference.md lists every key, and `npx hil schema` gives editors its schema.',
      ...('cause' in options ? { cause: options.cause } : {}),
    });
    this.file = file;
    this.problems = problems;
  }
}

function formatProblem(file: string, { path, message, line }: SpecProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path} ${message}`;
}
