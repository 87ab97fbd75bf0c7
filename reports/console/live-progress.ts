import type { SetAside } from '../../harness/board/broker/lease.ts';
import type { RunPlan, StageUpdate } from '../../harness/pipeline/reporter.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { formatDuration } from '../facts/duration.ts';
import { countRecords } from '../facts/run-counts.ts';
import type { Colours } from './appearance.ts';
import { caseLine } from './case-line.ts';
import { cutEnd, displayWidth, shortenMiddle } from './display-width.ts';
import { type Lifetime, LiveBlock } from './live-block.ts';
import type { Progress } from './progress.ts';
import { RunningCases } from './running-cases.ts';
import { setAsideLine } from './set-aside-line.ts';
import type { TextOutput } from './text-output.ts';

const shortestPauseMs = 100;
const tickMs = 1000;
const mostCases = 8;

/** Progress on a terminal: a line for each running case and the count, redrawn at most ten times a second. */
export class LiveProgress implements Progress {
  readonly #output: TextOutput;
  readonly #colours: Colours;
  readonly #block: LiveBlock;
  readonly #running = new RunningCases();
  readonly #ended: CaseRecord[] = [];
  #planned: number | undefined;
  #startedMs = 0;
  #drawnMs = -Infinity;
  #next: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(output: TextOutput, colours: Colours, lifetime: Lifetime) {
    this.#output = output;
    this.#colours = colours;
    this.#block = new LiveBlock(output, lifetime);
  }

  start({ cases }: RunPlan): void {
    this.#planned = cases;
    this.#running.clear();
    this.#ended.length = 0;
    this.#startedMs = Date.now();
    this.#block.open();
    this.#tick = setInterval(() => this.#draw(), tickMs).unref();
    this.#draw();
  }

  stage(update: StageUpdate): void {
    this.#running.update(update, Date.now());
    this.#drawSoon();
  }

  caseEnd(record: CaseRecord): void {
    this.#running.end(record);
    this.#ended.push(record);
    const width = this.#output.columns ?? 80;
    this.#block.printAbove(`${caseLine(record, this.#ended.length, this.#planned, this.#colours, width)}\n`);
    this.#draw();
  }

  boardSetAside(event: SetAside): void {
    this.#block.printAbove(`${setAsideLine(event, this.#colours)}\n`);
    this.#draw();
  }

  notice(text: string): void {
    this.#block.printAbove(`${text}\n`);
    this.#draw();
  }

  end(): void {
    clearTimeout(this.#next);
    clearInterval(this.#tick);
    this.#next = undefined;
    this.#block.close();
  }

  #drawSoon(): void {
    if (this.#next) return;
    const pause = this.#drawnMs + shortestPauseMs - Date.now();
    if (pause <= 0) this.#draw();
    else this.#next = setTimeout(() => this.#draw(), pause).unref();
  }

  #draw(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#drawnMs = Date.now();
    this.#block.draw(this.#lines(this.#drawnMs));
  }

  #lines(nowMs: number): string[] {
    // A line that wraps would spoil the count of lines to go back.
    const width = (this.#output.columns ?? 80) - 1;
    const room = Math.max(1, Math.min(mostCases, (this.#output.rows ?? 24) - 3));
    const cases = this.#running.describe(nowMs);
    const lines = cases.slice(0, room).map(({ name, board, stage, time }) => {
      const rest = `  ${board}  ${stage}  ${time}`;
      return cutEnd(`  ${shortenMiddle(name, Math.max(16, width - 2 - displayWidth(rest)))}${rest}`, width);
    });
    if (cases.length > room) lines.push(`  and ${cases.length - room} more`);
    return [...lines, this.#colours.bold(cutEnd(this.#countLine(nowMs), width))];
  }

  #countLine(nowMs: number): string {
    const { byVerdict } = countRecords(this.#ended);
    const of = this.#planned === undefined ? '' : ` of ${this.#planned}`;
    const bad = [
      ...(byVerdict.failed > 0 ? [`${byVerdict.failed} failed`] : []),
      ...(byVerdict.broken > 0 ? [`${byVerdict.broken} broken`] : []),
    ];
    return [`${this.#ended.length}${of} done`, ...bad, formatDuration(nowMs - this.#startedMs)].join(', ');
  }
}
