import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageFolder } from '../harness/harness-version.ts';

/** The NumPy side of a benchmark: measures once for every line it reads. */
export interface NumpyPeer<Answer> {
  readonly version: string;
  measure(): Promise<Answer>;
  end(): void;
}

/**
 * Starts a script of this folder with the Python that HIL_BENCH_PYTHON names, python3 by default.
 *
 * @param answers - Reads one line that the script prints.
 * @returns `missing`: why there is none, e.g. a Python without NumPy.
 */
export async function startNumpy<Answer>(
  script: string,
  files: readonly string[],
  answers: (line: string) => Answer,
): Promise<NumpyPeer<Answer> | { readonly missing: string }> {
  const python = process.env['HIL_BENCH_PYTHON'] ?? 'python3';
  const child = spawn(python, [join(packageFolder, 'bench', script), ...files], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.on('error', (error) => (errors += error.message));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true)
    return { missing: `${python} cannot run it (${errors.trim().split('\n').at(-1)})` };
  return {
    version: first.value,
    async measure() {
      child.stdin.write('\n');
      return answers(String((await lines.next()).value));
    },
    end: () => void child.stdin.end(),
  };
}
