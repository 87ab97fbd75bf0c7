import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BoardCommand } from '../../harness/board/board-command.ts';
import type { SdkStack } from '../../harness/board/sdk-stack.ts';
import type {
  BoardInput,
  BoardModel,
  BoardOutput,
  InferRequest,
  InferResult,
  LayerOutput,
  LoadedModel,
  SessionOptions,
} from '../../harness/board/session.ts';
import type { TensorAttribute } from '../../harness/board/tensor-attribute.ts';
import { readRknn } from '../../harness/reference/rknn-file/rknn-file.ts';
import { tensorAttributes } from '../../harness/reference/rknn-file/tensor-attributes.ts';
import { fillWord, type Placeholder } from '../../harness/spec/command.ts';
import { bytesOf } from '../../harness/tensor/dtype.ts';
import type { LogBuffer } from '../protocol/log-buffer.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { explainStatus } from './explain-status.ts';
import { CommandUnableError, ProgramOutputError, ProgramOutputTooLargeError } from './program-error.ts';
import { readOutputs } from './read-outputs.ts';
import { type LinkedFile, RunFolder } from './run-folder.ts';
import { runProgram } from './run-program.ts';
import { stackFromLines } from './vendor-lines.ts';

/** What a command finds around it: a board with everything in place. */
export interface CommandSurroundings {
  readonly connection: SshConnection;
  /** Absolute folder on the board that belongs to the harness. */
  readonly workFolder: string;
  readonly board: string;
  readonly sdk: string;
  /** Variables that every program gets; those of its own spec win. */
  readonly variables: Readonly<Record<string, string>>;
  readonly log: LogBuffer;
  /** Called after each run with what the program told of the SDK. @throws {HilError} If it must not be used. */
  readonly onStack: (stack: SdkStack, text: string) => void;
  /** Called if something could not be ended on the board. */
  readonly onStuck: (words: string) => void;
}

/** Standard output; vendor demos print a few kilobytes. */
const maxStdoutBytes = 16 * 2 ** 20;
/** A file; the largest outputs of networks for this chip are well below. */
const maxFileBytes = 256 * 2 ** 20;
const modelName = 'model.rknn';

/** A model with the program that runs it: both are on the board, and each run starts the program anew. */
export class CommandModel implements LoadedModel {
  readonly uploadedBytes: number;
  readonly loadTimeUs = 0;
  readonly #model: BoardModel;
  readonly #command: BoardCommand;
  readonly #files: readonly LinkedFile[];
  readonly #around: CommandSurroundings;

  /** @param files - The model, the program and what goes beside it, in the board's cache. */
  constructor(
    model: BoardModel,
    command: BoardCommand,
    { files, uploadedBytes }: { readonly files: readonly LinkedFile[]; readonly uploadedBytes: number },
    around: CommandSurroundings,
  ) {
    this.#model = model;
    this.#command = command;
    this.#files = files;
    this.uploadedBytes = uploadedBytes;
    this.#around = around;
  }

  /** As the model file describes them: the program tells nothing of them. @throws {RknnFormatError} */
  get inputs(): readonly TensorAttribute[] {
    return tensorAttributes(readRknn(this.#model.bytes, this.#model.path).trailer, 'input', this.#model.path);
  }

  get outputs(): readonly TensorAttribute[] {
    return tensorAttributes(
      readRknn(this.#model.bytes, this.#model.path).trailer,
      'output',
      this.#model.path,
    );
  }

  async infer({ inputs, repeats }: InferRequest, options: SessionOptions): Promise<InferResult> {
    const [input, ...others] = inputs;
    if (input === undefined || others.length > 0) {
      throw new CommandUnableError(`a command takes one input file; the model has ${inputs.length} inputs`, {
        hint: 'Set command.input to file or npy, and give the inputs in one file.',
      });
    }
    options.onProgress?.({ step: 'run' });
    const runs: BoardOutput[][] = [];
    for (let run = 0; run < repeats; run++) runs.push(await this.#runOnce(input, options));
    return {
      outputs: runs[0] ?? [],
      runs: runs.map((outputs) => ({ outputsCrc32: checksumOf(outputs) })),
    };
  }

  layers(): AsyncIterable<LayerOutput> {
    throw new CommandUnableError('a command has no layer dumps', {
      hint: 'Leave `command` out of the spec, so that the device runner runs the network.',
    });
  }

  /** Nothing stays loaded between runs; the files stay in the cache. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #runOnce(input: BoardInput, { signal }: SessionOptions): Promise<BoardOutput[]> {
    const { connection, workFolder, board, log, onStack, onStuck } = this.#around;
    const nonce = randomBytes(8).toString('hex');
    const inputName = input.fileName ?? 'input.bin';
    const program = this.programName;
    await using folder = new RunFolder(connection, workFolder, nonce);
    await folder.create(this.#files, { name: inputName, bytes: input.bytes }, { signal });
    const { words, environment } = this.#fill(folder, inputName);
    const before = log.position;
    const { status, stdout } = await runProgram(
      connection,
      {
        name: program,
        folder: folder.path,
        nonce,
        words,
        environment,
        limitMs: this.#command.timeoutMs,
        maxBytes: maxStdoutBytes,
      },
      log,
      { signal, onStuck },
    );
    const said = log.since(before);
    onStack(stackFromLines(said), said);
    if (status !== 0) throw explainStatus(board, program, status, said);
    const read = (from: string): Promise<Buffer> =>
      from === 'stdout' ? Promise.resolve(stdout) : this.#readFile(folder, from, signal);
    // Awaited here: the folder is removed when this returns.
    return await readOutputs(this.#command.outputs, read, program, { signal });
  }

  get programName(): string {
    const { program } = this.#command;
    return 'onBoard' in program ? program.onBoard : program.name;
  }

  #fill(
    folder: RunFolder,
    inputName: string,
  ): { readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
    const values: Record<Placeholder, string> = {
      model: folder.pathOf(modelName),
      input: folder.pathOf(inputName),
      outputs: folder.outputs,
      folder: folder.path,
      sdk: this.#around.sdk,
    };
    const { program, args, environment } = this.#command;
    const first = 'onBoard' in program ? fillWord(program.onBoard, values) : folder.pathOf(program.name);
    const own = Object.entries(environment).map(([name, value]) => [name, fillWord(value, values)]);
    return {
      words: [first, ...args.map((word) => fillWord(word, values))],
      environment: { ...this.#around.variables, ...(Object.fromEntries(own) as Record<string, string>) },
    };
  }

  async #readFile(folder: RunFolder, name: string, signal: AbortSignal | undefined): Promise<Buffer> {
    const { code, stdout, cut } = await folder.read(name, maxFileBytes, { signal });
    if (cut) throw new ProgramOutputTooLargeError(this.programName, `file ${name}`, maxFileBytes, '');
    if (code === 0) return stdout;
    const found = await folder.list({ signal });
    const left = found.length === 0 ? 'it left none' : `it left ${found.slice(0, 10).join(', ')}`;
    throw new ProgramOutputError(
      this.programName,
      'an output',
      `file ${posix.join('{outputs}', name)}`,
      `there is no such file; ${left}`,
    );
  }
}

/** Where the model lies in each run's folder. */
export const linkedModel = (from: string): LinkedFile => ({ from, as: modelName });

function checksumOf(outputs: readonly BoardOutput[]): number {
  let sum = 0;
  for (const { tensor, listing } of outputs) {
    if (listing?.kind === 'some') sum = crc32(JSON.stringify(listing.places), sum);
    sum = crc32(bytesOf(tensor.data), sum);
  }
  return sum;
}
