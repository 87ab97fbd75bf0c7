import type { Stage } from '../store/record.ts';

/** Measures a case's stages; stages may overlap, and one that happens twice adds up. */
export class StageClock {
  readonly stagesMs: Partial<Record<Stage, number>> = {};
  readonly #onStage: (stage: Stage, done?: number) => void;
  readonly #startedAt = performance.now();

  constructor(onStage: (stage: Stage, done?: number) => void) {
    this.#onStage = onStage;
  }

  /** Since the case began, without its wait for a board: how busy a farm is says nothing about a case. */
  get totalMs(): number {
    return performance.now() - this.#startedAt - (this.stagesMs.lease ?? 0);
  }

  /** Tells that a stage has begun, or how far it is. */
  tell(stage: Stage, done?: number): void {
    this.#onStage(stage, done);
  }

  async time<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    this.tell(stage);
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, performance.now() - startedAt);
    }
  }

  add(stage: Stage, ms: number): void {
    this.stagesMs[stage] = (this.stagesMs[stage] ?? 0) + ms;
  }
}
