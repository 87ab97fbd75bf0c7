/** One line of a benchmark's result. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with. */
  readonly peer?: string;
  readonly peerValue?: number;
  readonly ratio?: number;
  readonly aim?: string;
  readonly note?: string;
}
