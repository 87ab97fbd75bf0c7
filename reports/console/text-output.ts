/** Where text goes: the part of a Node stream that the console reporter needs. */
export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Width and height in characters, where the output is a terminal; may change while it runs. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}
