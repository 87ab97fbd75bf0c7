import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { z } from 'zod';
import { HilError } from '../hil-error.ts';
import type { Project } from '../project/project.ts';
import { decodeNpy } from '../tensor/npy.ts';
import { decodeNpz } from '../tensor/npz.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CaseInput } from './case.ts';
import { nearestKey } from './nearest-key.ts';
import { type Complain, resolveFile } from './resolve-inputs.ts';
import type { Spec } from './schema.ts';

/** How far from 1 an expected softmax may sum: printed digits and fp16 grids (published: 1.000153) need some room. */
const sumTolerance = 1e-3;

const softmaxFileSchema = z.union([
  z.array(z.number()),
  z.record(z.string(), z.array(z.number())),
  z
    .object({ softmax: z.union([z.array(z.number()), z.record(z.string(), z.array(z.number()))]) })
    .transform((file) => file.softmax),
]);

/** Gives each input the softmax that the spec expects for it: beside the input, inline, as a map, or from a file. */
export function assignExpectedSoftmax(
  spec: Spec,
  inputs: readonly CaseInput[],
  specFile: string,
  project: Project,
  complain: Complain,
): CaseInput[] {
  const declared = spec.expect?.softmax;
  const fromFile = typeof declared === 'string';
  const source: SoftmaxSource | undefined = fromFile
    ? readSoftmaxFile(declared, specFile, project, complain)
    : declared;
  const where = 'expect.softmax';

  if (Array.isArray(source) && inputs.length > 1) {
    complain({
      path: where,
      message: `is one softmax for ${inputs.length} inputs; give a map from input name to softmax`,
    });
    return [...inputs];
  }
  if (source !== undefined && !Array.isArray(source) && !fromFile) {
    for (const name of Object.keys(source)) {
      if (inputs.some((input) => input.name === name)) continue;
      const near = nearestKey(
        name,
        inputs.map((input) => input.name),
      );
      complain({
        path: `${where}.${name}`,
        message: `names no input of this spec${near ? `; did you mean ${near}?` : ''}`,
      });
    }
  }

  return inputs.map((input) => {
    const found = input.softmax ?? (Array.isArray(source) ? source : source?.[input.name]);
    if (found === undefined) {
      if (source !== undefined)
        complain({ path: where, message: `has no softmax for the input ${input.name}` });
      return input;
    }
    const sum = found.reduce((total, value) => total + value, 0);
    if (!(Math.abs(sum - 1) <= sumTolerance)) {
      complain({
        path: input.softmax === undefined ? where : 'inputs',
        message: `for ${input.name} sums to ${Number(sum.toPrecision(7))}, but a softmax sums to 1 (within ${sumTolerance})`,
      });
    } else if (found.some((value) => !(value >= 0 && value <= 1))) {
      complain({ path: where, message: `for ${input.name} has a value outside 0 to 1` });
    }
    return { ...input, softmax: found };
  });
}

type SoftmaxSource = number[] | Readonly<Record<string, readonly number[]>>;

function readSoftmaxFile(
  path: string,
  specFile: string,
  project: Project,
  complain: Complain,
): SoftmaxSource | undefined {
  const where = 'expect.softmax';
  const file = resolveFile(path, specFile, project, where, complain);
  if (file === undefined) return undefined;
  try {
    switch (extname(file).toLowerCase()) {
      case '.json': {
        const parsed = softmaxFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
        if (parsed.success) return parsed.data;
        complain({
          path: where,
          message: `names ${path}, which holds neither a list of numbers nor a map of such lists`,
        });
        return undefined;
      }
      case '.npy':
        return numbers(decodeNpy(readFileSync(file), path));
      case '.npz':
        return Object.fromEntries(
          [...decodeNpz(readFileSync(file), path)].map(([name, value]) => [name, numbers(value)]),
        );
      default:
        complain({ path: where, message: `names ${path}, but must be a .json, .npy or .npz file` });
        return undefined;
    }
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof HilError)) throw cause;
    complain({ path: where, message: `names ${path}, which cannot be read: ${cause.message}` });
    return undefined;
  }
}

const numbers = ({ data }: Tensor): number[] => Array.from(data as ArrayLike<number | bigint>, Number);
