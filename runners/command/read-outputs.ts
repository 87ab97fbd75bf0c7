import type { BoardOutput } from '../../harness/board/session.ts';
import type { Cancellable } from '../../harness/cancellable.ts';
import { decodeRaw } from '../../harness/input/raw-tensor.ts';
import type { CommandOutput } from '../../harness/spec/command.ts';
import { decodeNpy } from '../../harness/tensor/npy.ts';
import { notQuantised } from '../../harness/tensor/quantisation.ts';
import { tensorBytes } from '../../harness/tensor/tensor.ts';
import { TensorFileError } from '../../harness/tensor/tensor-file-error.ts';
import { parseJsonValues } from './parse/json-values.ts';
import type { ParsedValues } from './parse/parsed-values.ts';
import { parseRegexValues } from './parse/regex-values.ts';
import { parseTopList } from './parse/top-list.ts';
import { UnreadableOutput } from './parse/unreadable-output.ts';
import { ProgramOutputError } from './program-error.ts';

/** Where a program's bytes come from: its standard output, or a file below {outputs}. */
export type ReadSource = (from: string) => Promise<Buffer>;

/**
 * Reads the outputs that a spec declares out of what a program left.
 *
 * @param program - For messages.
 * @throws {ProgramOutputError} If one is not what its parser reads; the message names the line where there is one.
 */
export async function readOutputs(
  declared: readonly CommandOutput[],
  read: ReadSource,
  program: string,
  { signal }: Cancellable,
): Promise<BoardOutput[]> {
  const outputs: BoardOutput[] = [];
  for (const [index, output] of declared.entries()) {
    const bytes = await read(output.from);
    const { tensor, listing } = await parse(output, bytes, program, index, signal);
    outputs.push({
      attribute: {
        index,
        name: output.name ?? '',
        shape: tensor.shape,
        dtype: tensor.dtype,
        layout: 'NCHW',
        quantisation: notQuantised,
        sizeBytes: tensorBytes(tensor),
      },
      tensor,
      ...(listing === undefined ? {} : { listing }),
    });
  }
  return outputs;
}

async function parse(
  output: CommandOutput,
  bytes: Buffer,
  program: string,
  index: number,
  signal: AbortSignal | undefined,
): Promise<ParsedValues> {
  try {
    return await parseBytes(output, bytes, signal);
  } catch (error) {
    if (!(error instanceof UnreadableOutput || error instanceof TensorFileError)) throw error;
    const name = output.name === undefined ? `output ${index}` : `output ${output.name}`;
    const source = output.from === 'stdout' ? 'standard output' : `file ${output.from}`;
    throw new ProgramOutputError(program, name, source, error.message, error);
  }
}

function parseBytes(
  output: CommandOutput,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): ParsedValues | Promise<ParsedValues> {
  switch (output.parser) {
    case 'top5':
      return parseTopList(bytes.toString('utf8'), output.block);
    case 'json':
      return parseJsonValues(bytes.toString('utf8'), output);
    case 'regex':
      return parseRegexValues(bytes.toString('utf8'), output, { signal });
    case 'npy':
      return { tensor: decodeNpy(bytes, output.from) };
    case 'bin':
      return { tensor: decodeRaw(bytes, output, output.from) };
  }
}
