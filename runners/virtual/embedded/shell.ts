import { Readable } from 'node:stream';
import { FileError, type MemoryFileSystem } from './memory-file-system.ts';
import type { BoardProcess, ProcessTable } from './process-table.ts';
import { parseCommandLine, type Redirection, ShellSyntaxError, type SimpleCommand } from './shell-syntax.ts';

/** Where a command's bytes go. */
export interface Sink {
  write(chunk: Uint8Array | string): unknown;
}

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** What commands find on the board. */
export interface BoardSystem {
  readonly files: MemoryFileSystem;
  readonly processes: ProcessTable;
  readonly programs: ReadonlyMap<string, Program>;
}

export interface ProgramCall extends Streams {
  readonly args: readonly string[];
  /** Variables that it was started with; none by default. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Runs another program of the board, as a shell finds it. */
  readonly run: (words: readonly string[], changes?: Partial<ProgramCall>) => Promise<number>;
  readonly system: BoardSystem;
  readonly process: BoardProcess;
}

/** A command of the board. @returns Its exit status. @throws {FileError} As its complaint, with status 1. */
export type Program = (call: ProgramCall) => number | Promise<number>;

/** Hands over all of a command's input. Unlike `for await` it leaves the stream open for what goes the other way. */
export function readInput(stdin: Readable, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (settle: () => void): void => {
      stdin.off('data', onData);
      settle();
    };
    const onData = (chunk: Uint8Array): void => {
      try {
        take(chunk);
      } catch (error) {
        stop(() => reject(error));
      }
    };
    stdin.on('data', onData);
    stdin.once('end', () => stop(resolve));
    stdin.once('close', () => stop(resolve));
  });
}

/** Runs a command line as the board's login shell does. @returns The exit status of its last command. */
export async function runCommandLine(
  line: string,
  system: BoardSystem,
  process: BoardProcess,
  streams: Streams,
): Promise<number> {
  try {
    let status = 0;
    for (const { when, command } of parseCommandLine(line, process.pid)) {
      if (when !== 'always' && (when === 'success') !== (status === 0)) continue;
      const [first, ...rest] = command.words;
      // After exec there is no shell that could go on.
      if (first === 'exec') {
        return await runSimple({ ...command, words: rest }, system, process, streams);
      }
      status = await runSimple(command, system, process, streams);
    }
    return status;
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    streams.stderr.write(`sh: ${error.message}\n`);
    return 2;
  }
}

async function runSimple(
  { words, redirections }: SimpleCommand,
  system: BoardSystem,
  process: BoardProcess,
  streams: Streams,
): Promise<number> {
  let redirected: Streams;
  try {
    redirected = redirect(redirections, system.files, streams);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    streams.stderr.write(`sh: ${error.message}\n`);
    return 1;
  }
  return runWords(words, { system, process, ...redirected });
}

async function runWords(
  [name = 'true', ...args]: readonly string[],
  around: Omit<ProgramCall, 'args' | 'run'>,
): Promise<number> {
  const { system, process, stderr } = around;
  const program = system.programs.get(name);
  if (program === undefined) {
    const isFile = name.includes('/') && system.files.kindOf(name) === 'file';
    stderr.write(
      isFile
        ? `sh: ${name}: Exec format error (an embedded board has no processor of its own)\n`
        : `sh: ${name}: not found\n`,
    );
    return isFile ? 126 : 127;
  }
  process.name = name;
  try {
    return await program({
      ...around,
      args,
      run: (words, changes) => runWords(words, { ...around, ...changes }),
    });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    stderr.write(`${name}: ${error.message}\n`);
    return 1;
  }
}

function redirect(redirections: readonly Redirection[], files: MemoryFileSystem, streams: Streams): Streams {
  let { stdin, stdout, stderr } = streams;
  for (const redirection of redirections) {
    if (redirection.kind === 'read') {
      const bytes = redirection.path === '/dev/null' ? new Uint8Array(0) : files.read(redirection.path);
      stdin = Readable.from([bytes], { objectMode: false });
      continue;
    }
    const sink =
      redirection.kind === 'copy' ? (redirection.of === 1 ? stdout : stderr) : openSink(redirection, files);
    if (redirection.stream === 1) stdout = sink;
    else stderr = sink;
  }
  return { stdin, stdout, stderr };
}

function openSink({ kind, path }: { kind: 'write' | 'append'; path: string }, files: MemoryFileSystem): Sink {
  if (path === '/dev/null') return { write: () => true };
  if (kind === 'write' || files.kindOf(path) === undefined) files.create(path);
  return {
    write: (chunk) => files.append(path, typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk),
  };
}
