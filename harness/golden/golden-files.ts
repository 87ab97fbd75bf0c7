import { decodeNpz, encodeNpz } from '../tensor/npz.ts';
import { tensorSha256 } from '../tensor/content-hash.ts';
import { HilError } from '../hil-error.ts';
import { formatShape, type NamedTensors, type Tensor } from '../tensor/tensor.ts';
import { type Golden, type GoldenManifest, goldenManifestSchema } from './golden.ts';
import { goldenId } from './golden-manifest.ts';

/** The files of a golden do not fit together: damaged, edited by hand, or written only in part. */
export class GoldenDamagedError extends HilError {
  readonly code = 'HIL_GOLDEN_DAMAGED';
  readonly owner = 'spec';

  /** @param origin - The golden's files, without extension. */
  constructor(origin: string, problem: string, cause?: unknown) {
    super(`the golden ${origin} is damaged: ${problem}`, {
      hint: 'Restore both files from version control, or make the golden anew: npx hil golden update <spec>',
      cause,
    });
  }
}

/** A golden as its two files hold it. */
export interface GoldenFiles {
  /** Indented JSON, so that a change can be read in a diff. */
  readonly manifest: string;
  /** .npz, an array for each output. */
  readonly outputs: Uint8Array;
}

export function encodeGolden({ manifest, outputs }: Golden): GoldenFiles {
  return { manifest: `${JSON.stringify(manifest, undefined, 2)}\n`, outputs: encodeNpz(outputs) };
}

/**
 * Reads a golden back and verifies every output against the manifest's hash.
 *
 * @param origin - The files' common path without extension, for messages.
 * @throws {GoldenDamagedError}
 */
export function decodeGolden(files: GoldenFiles, origin: string, source: Golden['source']): Golden {
  const manifest = decodeManifest(files.manifest, origin);
  let arrays: Map<string, Tensor>;
  try {
    arrays = decodeNpz(files.outputs, `${origin}.npz`);
  } catch (cause) {
    throw new GoldenDamagedError(origin, 'its .npz file cannot be read', cause);
  }
  return { id: goldenId(manifest), manifest, outputs: verified(manifest, arrays, origin), source };
}

function decodeManifest(text: string, origin: string): GoldenManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new GoldenDamagedError(origin, 'its .json file is no JSON', cause);
  }
  const result = goldenManifestSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'it' : issue.path.join('.');
  throw new GoldenDamagedError(origin, `its .json file is no manifest: ${place}: ${issue?.message}`, result.error);
}

/** The outputs in the manifest's order, which the archive need not keep. */
function verified(manifest: GoldenManifest, arrays: ReadonlyMap<string, Tensor>, origin: string): NamedTensors {
  const outputs = new Map<string, Tensor>();
  for (const { name, dtype, shape, sha256 } of manifest.outputs) {
    const output = arrays.get(name);
    if (output === undefined) throw new GoldenDamagedError(origin, `its .npz file lacks output ${name}`);
    if (output.dtype !== dtype || formatShape(output.shape) !== formatShape(shape)) {
      throw new GoldenDamagedError(
        origin,
        `output ${name} is ${output.dtype} ${formatShape(output.shape)}, its manifest says ${dtype} ${formatShape(shape)}`,
      );
    }
    if (tensorSha256(output) !== sha256) {
      throw new GoldenDamagedError(origin, `output ${name} does not have the values that its manifest names`);
    }
    outputs.set(name, output);
  }
  if (arrays.size !== outputs.size) {
    const extra = [...arrays.keys()].filter((name) => !outputs.has(name));
    throw new GoldenDamagedError(origin, `its .npz file holds ${extra.join(', ')}, which its manifest does not name`);
  }
  return outputs;
}
