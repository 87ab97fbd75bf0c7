const keptCharacters = 256 * 1024;
const cutMark = '[… earlier output dropped …]\n';

/** Text of the board, kept until somebody takes it; of more than a quarter million characters the last remain. */
export class LogBuffer {
  #text = '';
  #cut = false;
  #added = 0;

  add(text: string): void {
    this.#added += text.length;
    this.#text += text;
    if (this.#text.length > 2 * keptCharacters) {
      this.#text = this.#text.slice(-keptCharacters);
      this.#cut = true;
    }
  }

  /** Characters added so far: a position for {@link since}. */
  get position(): number {
    return this.#added;
  }

  /** What was added after a position, as far as it is still here. */
  since(position: number): string {
    const length = Math.min(this.#added - position, this.#text.length);
    return length > 0 ? this.#text.slice(-length) : '';
  }

  /** Everything since the last call. */
  take(): string {
    const text = this.#cut ? cutMark + this.#text : this.#text;
    this.#text = '';
    this.#cut = false;
    return text;
  }
}
