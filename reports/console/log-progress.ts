import type { SetAside } from '../../harness/board/broker/lease.ts';
import type { RunPlan, StageUpdate } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import type { Colours } from './appearance.ts';
import { caseLine } from './case-line.ts';
import type { Progress } from './progress.ts';
import { RunningCases } from './running-cases.ts';
import { setAsideLine } from './set-aside-line.ts';
import type { TextOutput } from './text-output.ts';

const longestSilenceMs = 30_000;
const mostNamed = 4;

/** Progress in a log: a line for each finished case, and a sign of life when nothing has ended for 30 s. */
export class LogProgress implements Progress {
  readonly #output: TextOutput;
  readonly #colours: Colours;
  readonly #running = new RunningCases();
  #planned: number | undefined;
  #ended = 0;
  #silence: NodeJS.Timeout | undefined;

  constructor(output: TextOutput, colours: Colours) {
    this.#output = output;
    this.#colours = colours;
  }

  start({ cases, harnessVersion, command }: RunPlan): void {
    this.#planned = cases;
    this.#running.clear();
    this.#ended = 0;
    this.#print(`hil ${harnessVersion}: ${command}${cases === undefined ? '' : `, ${cases} cases`}`);
  }

  stage(update: StageUpdate): void {
    this.#running.update(update, Date.now());
  }

  caseEnd(record: CaseRecord): void {
    this.#running.end(record);
    this.#ended++;
    this.#print(caseLine(record, this.#ended, this.#planned, this.#colours));
  }

  boardSetAside(event: SetAside): void {
    this.#print(setAsideLine(event, this.#colours));
  }

  notice(text: string): void {
    this.#print(text);
  }

  end(): void {
    clearTimeout(this.#silence);
  }

  #print(line: string): void {
    this.#output.write(`${line}\n`);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#printSignOfLife(), longestSilenceMs).unref();
  }

  #printSignOfLife(): void {
    const cases = this.#running
      .describe(Date.now())
      .map(({ name, board, stage, time }) => `${name} on ${board} (${stage}, ${time})`);
    const more = cases.length > mostNamed ? [`${cases.length - mostNamed} more`] : [];
    const running =
      cases.length === 0 ? 'nothing is running' : [...cases.slice(0, mostNamed), ...more].join('; ');
    this.#print(
      `still at work, ${this.#ended}${this.#planned === undefined ? '' : ` of ${this.#planned}`} done: ${running}`,
    );
  }
}
