/** The part of a Vitest worker's state that this needs; Vitest's own test runners call it `onCleanupWorkerContext`. */
interface WorkerState {
  readonly onCleanup?: (listener: () => unknown) => void;
}

/** Vitest calls this back when it stops the worker process, and waits for it. A worker that is killed is not asked. */
export function whenWorkerEnds(end: () => Promise<void>): void {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: WorkerState };
  worker?.onCleanup?.(end);
}
