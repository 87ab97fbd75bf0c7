import { readFileSync } from 'node:fs';
import type { Board } from '../../harness/board/board.ts';
import type { BoardCommand, BoardFile } from '../../harness/board/board-command.ts';
import type { BoardModel, InferRequest } from '../../harness/board/session.ts';
import { sha256Hex } from '../../harness/tensor/content-hash.ts';

// For tests: commands as the pipeline gives them to a session.

export const simulatedBoard: Board = {
  name: 'board',
  runner: 'command',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.7.5'],
  simulated: true,
};

export const boardFile = (path: string, content: Uint8Array | string): BoardFile => {
  const bytes = Buffer.from(content);
  return { path, bytes, sha256: sha256Hex(bytes) };
};

export const localFile = (path: string): BoardFile => boardFile(path, readFileSync(path));

/** A model that a command runs; the program is a shell script if `script` gives one. */
export function modelFor(command: Partial<BoardCommand> & { readonly script?: string }): BoardModel {
  const { script, ...given } = command;
  const full: BoardCommand = {
    sha256: sha256Hex(Buffer.from(JSON.stringify([script, given]))),
    program: { name: 'demo', file: boardFile('demo', `#!/bin/sh\n${script ?? ''}\n`) },
    args: ['{model}', '{input}'],
    files: [],
    environment: {},
    outputs: [{ parser: 'top5', from: 'stdout', block: 0 }],
    timeoutMs: 60_000,
    ...given,
  };
  return { ...boardFile('net.rknn', 'the model'), command: full };
}

export const requestOf = (content: string, repeats = 1): InferRequest => {
  const bytes = Buffer.from(content);
  return {
    repeats,
    inputs: [
      {
        index: 0,
        bytes,
        dtype: 'uint8',
        layout: 'NHWC',
        passThrough: true,
        sizeBytes: bytes.length,
        fileName: 'input.jpg',
      },
    ],
  };
};

export const topFive =
  ' --- Top5 ---\n156: 0.948730\n155: 0.046509\n205: 0.003265\n284: 0.000794\n260: 0.000104\n';
