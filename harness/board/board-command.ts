import type { CommandOutput } from '../spec/command.ts';

/** A local file with the hash that names it on a board. */
export interface BoardFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** A program of a team's own that runs a model on a board, and where it leaves the outputs: read, nothing placed yet. */
export interface BoardCommand {
  /** Of everything below: two commands of one hash are the same. */
  readonly sha256: string;
  readonly program: { readonly name: string; readonly file: BoardFile } | { readonly onBoard: string };
  /** One word each, with placeholders. */
  readonly args: readonly string[];
  /** Placed beside the program, by their paths there. */
  readonly files: readonly { readonly as: string; readonly file: BoardFile }[];
  /** Values with placeholders. */
  readonly environment: Readonly<Record<string, string>>;
  readonly outputs: readonly CommandOutput[];
  /** When the board itself ends a run, whatever became of the harness. */
  readonly timeoutMs: number;
}

/**
 * What the values of an output are that came as a list, as programs print them: the tensor then holds the listed values
 * in their order, and no shape of its own.
 *
 * - `all`: every value of the output, row-major; the list gives no shape.
 * - `some`: the values at `places` (flat indices, each once). Of the others nothing is known, but where `restAtMost` is
 *   given that none of them is larger.
 */
export type Listing =
  | { readonly kind: 'all' }
  | {
      readonly kind: 'some';
      readonly places: readonly number[];
      readonly restAtMost?: number | undefined;
    };
