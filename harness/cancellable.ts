/** Every wait takes a signal; when it aborts, the wait ends and what was opened is closed. */
export interface Cancellable {
  readonly signal?: AbortSignal | undefined;
}
