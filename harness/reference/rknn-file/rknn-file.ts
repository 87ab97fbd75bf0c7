import type { z } from 'zod';
import { explainIssues } from '../../spec/explain-issues.ts';
import { refuseGitLfsPointer } from '../git-lfs-pointer.ts';
import { joinContainer, splitContainer, type Container } from './container.ts';
import { jsonDepth } from './json-depth.ts';
import { containerError, RknnFormatError } from './rknn-error.ts';
import { rknnTrailerSchema, type RknnTrailer } from './trailer.ts';

/** A .rknn file, taken apart and checked. */
export interface RknnFile {
  readonly containerVersion: 1 | 2;
  /** Constants, or a compiled network binary where `trailer.pre_compile` is 1. */
  readonly payload: Uint8Array;
  readonly trailer: RknnTrailer;
  /** Only in container version 2. */
  readonly customOperators?: { readonly list: readonly unknown[]; readonly blob: Uint8Array } | undefined;
}

/** Files seen nest 6 deep. */
const maxJsonDepth = 64;

/**
 * Reads a .rknn file of the RK1808 line. The vendor's loader trusts what a file says about itself and crashes on a
 * damaged one, so everything is checked here: exact length, JSON, every offset and every reference.
 *
 * @param origin - File the bytes come from, for messages.
 * @throws {RknnFormatError | RknnEncryptedError | RknnToolkit2Error | GitLfsPointerError}
 */
export function readRknn(bytes: Uint8Array, origin: string): RknnFile {
  refuseGitLfsPointer(bytes, origin);
  const container = splitContainer(bytes);
  if ('kind' in container) throw containerError(origin, container);
  const trailer = readTrailer(container, origin);
  return {
    containerVersion: container.version,
    payload: container.payload,
    trailer,
    ...(container.customOperators
      ? { customOperators: readCustomOperators(container.customOperators, origin) }
      : {}),
  };
}

/** Writes a .rknn file; the inverse of {@link readRknn}. The same content gives the same bytes. */
export function writeRknn({
  payload,
  trailer,
  customOperators,
}: Omit<RknnFile, 'containerVersion'>): Uint8Array {
  return joinContainer({
    payload,
    trailer: encodeJson(trailer),
    ...(customOperators
      ? { customOperators: { list: encodeJson(customOperators.list), blob: customOperators.blob } }
      : {}),
  });
}

const encodeJson = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

function readTrailer({ payload, trailer: text }: Container, origin: string): RknnTrailer {
  const what = 'JSON description';
  const value = parseJson(text, what, origin);
  const parsed = rknnTrailerSchema.safeParse(value);
  if (!parsed.success)
    throw new RknnFormatError(origin, `in its ${what}, ${describeIssues(parsed.error, value)}`);
  const trailer = parsed.data;
  for (const { tensor_id, offset, len } of trailer.const_tensor ?? []) {
    if (offset + len > payload.byteLength) {
      throw new RknnFormatError(
        origin,
        `constant ${tensor_id} lies at bytes ${offset} to ${offset + len} of a payload of ${payload.byteLength} bytes`,
      );
    }
  }
  checkReferences(trailer, origin);
  return trailer;
}

function parseJson(text: Uint8Array, what: string, origin: string): unknown {
  const depth = jsonDepth(text);
  if (depth > maxJsonDepth) {
    throw new RknnFormatError(origin, `its ${what} nests ${depth} deep, at most ${maxJsonDepth} is read`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw new RknnFormatError(origin, `its ${what} (${text.byteLength} bytes) is no JSON`, { cause });
  }
}

function describeIssues(error: z.ZodError, value: unknown): string {
  const problems = explainIssues(error.issues, rknnTrailerSchema, value);
  const shown = problems.slice(0, 3).map(({ path, message }) => `${path || 'it'} ${message}`);
  const rest = problems.length - shown.length;
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}

/** Every index must lead to something. */
function checkReferences(trailer: RknnTrailer, origin: string): void {
  const nodes = trailer.nodes?.length ?? 0;
  const tensors = {
    norm_tensor: new Set(trailer.norm_tensor.map((tensor) => tensor.tensor_id)),
    const_tensor: new Set(trailer.const_tensor?.map((tensor) => tensor.tensor_id)),
  };
  const requireNode = (id: number, where: string) => {
    if (id >= nodes)
      throw new RknnFormatError(origin, `${where} names node ${id}, but there are ${nodes} nodes`);
  };
  const requireTensor = (type: keyof typeof tensors, id: number, where: string) => {
    if (!tensors[type].has(id))
      throw new RknnFormatError(origin, `${where} names ${type} ${id}, which is not there`);
  };
  trailer.graph.forEach((edge, i) => requireTensor('norm_tensor', edge.right_tensor_id, `graph[${i}]`));
  trailer.virtual_tensor?.forEach((tensor, i) => requireNode(tensor.node_id, `virtual_tensor[${i}]`));
  trailer.connection?.forEach((edge, i) => {
    requireNode(edge.node_id, `connection[${i}]`);
    if (edge.right_node) requireNode(edge.right_node.node_id, `connection[${i}].right_node`);
    if (edge.right_tensor) {
      requireTensor(edge.right_tensor.type, edge.right_tensor.tensor_id, `connection[${i}].right_tensor`);
    }
  });
}

function readCustomOperators(
  { list: text, blob }: NonNullable<Container['customOperators']>,
  origin: string,
): NonNullable<RknnFile['customOperators']> {
  const list = parseJson(text, 'list of custom operators', origin);
  if (!Array.isArray(list)) throw new RknnFormatError(origin, 'its list of custom operators is no list');
  list.forEach((entry: unknown, i) => {
    const fields = Object.entries(entry !== null && typeof entry === 'object' ? entry : {});
    const numbers = new Map(
      fields.filter((field): field is [string, number] => typeof field[1] === 'number'),
    );
    for (const [key, offset] of numbers) {
      if (!key.endsWith('_offset')) continue;
      const length = numbers.get(key.replace(/_offset$/, '_len')) ?? 0;
      if (!(offset >= 0 && length >= 0 && offset + length <= blob.byteLength)) {
        throw new RknnFormatError(
          origin,
          `custom operator ${i} has ${key} ${offset} and length ${length} in a section of ${blob.byteLength} bytes`,
        );
      }
    }
  });
  return { list, blob };
}
