import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardOutput, InferRequest, InferResult, RunFacts } from '../board/session.ts';
import type { SdkStack } from '../board/sdk-stack.ts';
import type { Golden, GoldenManifest } from '../golden/golden.ts';
import { HilError } from '../hil-error.ts';
import { sha256Hex } from '../tensor/content-hash.ts';
import { decodeNpz, encodeNpz } from '../tensor/npz.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import { writeDurably } from './durable-file.ts';

/** What a board was asked and what it answered in one case, with the golden it is held against. */
export interface Capture {
  readonly case: string;
  readonly stack: SdkStack;
  readonly request: InferRequest;
  readonly boardModel: string;
  readonly response: InferResult;
  readonly golden: Golden;
  readonly log: string;
}

/** A capture as it is read back: enough to judge again. The input buffers stay in the object store. */
export interface StoredCapture {
  readonly case: string;
  readonly stack: SdkStack;
  readonly outputs: readonly BoardOutput[];
  readonly runs: readonly RunFacts[];
  readonly golden: {
    readonly id: string;
    readonly source: Golden['source'];
    readonly manifest: GoldenManifest;
    readonly outputs: NamedTensors;
  };
  readonly log: string;
}

interface CaptureDocument {
  readonly schema: 1;
  readonly case: string;
  readonly stack: SdkStack;
  readonly request: {
    readonly boardModel: string;
    readonly repeats: number;
    /** `object` names the buffer's bytes in the object store. */
    readonly inputs: readonly (Omit<InferRequest['inputs'][number], 'bytes'> & { readonly object: string })[];
  };
  readonly response: {
    readonly outputs: readonly (Omit<BoardOutput, 'tensor'> & { readonly member: string })[];
    readonly runs: readonly RunFacts[];
    /** Of outputs.npz. */
    readonly sha256: string;
  };
  readonly golden: {
    readonly id: string;
    readonly source: Golden['source'];
    readonly manifest: GoldenManifest;
  };
}

/** A capture that is not there or does not fit together. */
export class CaptureError extends HilError {
  readonly code = 'HIL_CAPTURE_UNREADABLE';
  readonly owner = 'lab';
}

/** Large, repeating parts of captures, by content: input buffers and goldens are the same in every run. */
export const objectPath = (stateFolder: string, sha256: string) =>
  join(stateFolder, 'objects', sha256.slice(0, 2), sha256.slice(2));

/**
 * Stores a capture; everything is on the disk when it returns. The files are written side by side, because each waits for
 * the disk; the document names the outputs' hash, so that a part of a capture is never taken for a whole one.
 *
 * @param folder - Folder of this capture, new.
 * @returns SHA-256 of the document, capture.json.
 */
export async function writeCapture(capture: Capture, folder: string, stateFolder: string): Promise<string> {
  const inputs = capture.request.inputs.map(({ bytes, ...declared }) => ({
    bytes,
    declared: { ...declared, object: sha256Hex(bytes) },
  }));
  const members = memberNames(capture.response.outputs);
  const outputs = new Map(capture.response.outputs.map(({ tensor }, index) => [members[index]!, tensor]));
  const encodedOutputs = encodeNpz(outputs);
  const document: CaptureDocument = {
    schema: 1,
    case: capture.case,
    stack: capture.stack,
    request: {
      boardModel: capture.boardModel,
      repeats: capture.request.repeats,
      inputs: inputs.map(({ declared }) => declared),
    },
    response: {
      outputs: capture.response.outputs.map(({ attribute, listing }, index) => ({
        member: members[index]!,
        attribute,
        ...(listing === undefined ? {} : { listing }),
      })),
      runs: capture.response.runs,
      sha256: sha256Hex(encodedOutputs),
    },
    golden: { id: capture.golden.id, source: capture.golden.source, manifest: capture.golden.manifest },
  };
  const text = `${JSON.stringify(document, undefined, 1)}\n`;
  await Promise.all([
    ...inputs.map(({ bytes, declared }) => writeObject(stateFolder, declared.object, () => bytes)),
    writeObject(stateFolder, capture.golden.id, () => encodeNpz(capture.golden.outputs)),
    writeDurably(join(folder, 'outputs.npz'), encodedOutputs),
    capture.log === '' ? undefined : writeDurably(join(folder, 'log.txt'), capture.log),
    writeDurably(join(folder, 'capture.json'), text),
  ]);
  return sha256Hex(Buffer.from(text));
}

/** The outputs' own names where they have one; what has none, or one that is taken, is called by its place. */
function memberNames(outputs: readonly BoardOutput[]): string[] {
  const taken = new Set(outputs.map(({ attribute }) => attribute.name));
  const seen = new Set<string>();
  return outputs.map(({ attribute: { name } }, place) => {
    if (name !== '' && !seen.has(name)) {
      seen.add(name);
      return name;
    }
    let member = `output_${place}`;
    while (taken.has(member)) member += '_';
    return member;
  });
}

async function writeObject(stateFolder: string, sha256: string, content: () => Uint8Array): Promise<void> {
  const path = objectPath(stateFolder, sha256);
  if (!existsSync(path)) await writeDurably(path, content());
}

/** @throws {CaptureError} If the folder holds no whole capture. */
export async function readCapture(folder: string, stateFolder: string): Promise<StoredCapture> {
  try {
    const document = JSON.parse(await readFile(join(folder, 'capture.json'), 'utf8')) as CaptureDocument;
    const goldenPath = objectPath(stateFolder, document.golden.id);
    const [outputs, golden, log] = await Promise.all([
      readFile(join(folder, 'outputs.npz')),
      readFile(goldenPath),
      existsSync(join(folder, 'log.txt')) ? readFile(join(folder, 'log.txt'), 'utf8') : '',
    ]);
    if (sha256Hex(outputs) !== document.response.sha256)
      throw new RangeError('outputs.npz is not the one that was written');
    const tensors = decodeNpz(outputs, 'outputs.npz');
    return {
      case: document.case,
      stack: document.stack,
      outputs: document.response.outputs.map(({ member, ...described }) => {
        const tensor = tensors.get(member);
        if (tensor === undefined) throw new RangeError(`outputs.npz lacks ${member}`);
        return { ...described, tensor };
      }),
      runs: document.response.runs,
      golden: { ...document.golden, outputs: decodeNpz(golden, goldenPath) },
      log,
    };
  } catch (cause) {
    throw new CaptureError(
      `${folder} holds no whole capture: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'Run the case again; a capture that a crash cut short cannot be judged.',
        cause,
      },
    );
  }
}
