import { z } from 'zod';
import type { NamedTensors } from '../tensor/tensor.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hexadecimal');

/** Where a golden's numbers come from: everything that, when changed, makes them stale. */
export const goldenManifestSchema = z.strictObject({
  schema: z.literal(1),
  /** sha256 of what went in. */
  model: sha256,
  input: sha256,
  /** sha256 of the canonical JSON of the preprocessing, which stands beside it for people. */
  preprocess: sha256,
  preprocessing: z.json(),
  engine: z.strictObject({ name: z.string(), version: z.string() }),
  /** The seal: two executions and how far they were apart. */
  seal: z.strictObject({
    /** How far they were allowed to be apart, as a share of an output's largest magnitude. */
    bound: z.number().nonnegative(),
    /** How far they were apart: the worst element of all outputs, absolute. */
    maxAbsDifference: z.number().nonnegative(),
  }),
  outputs: z
    .array(
      z.strictObject({
        name: z.string(),
        dtype: z.string(),
        shape: z.array(z.number().int().nonnegative()),
        sha256,
      }),
    )
    .min(1),
  /** Relative paths at the time of making, for people; not compared. */
  madeFrom: z.strictObject({ model: z.string(), input: z.string() }),
});
export type GoldenManifest = z.infer<typeof goldenManifestSchema>;

/** What a golden depends on: the part of its manifest that is held against the present. */
export type GoldenFacts = Pick<GoldenManifest, 'model' | 'input' | 'preprocess' | 'preprocessing' | 'engine'>;

/** Which golden: its place under the project's golden folder. */
export interface GoldenName {
  /** Folder, with forward slashes. */
  readonly folder: string;
  /** Name of the spec's input. */
  readonly input: string;
}

export interface Golden {
  /** sha256 of the manifest. */
  readonly id: string;
  readonly manifest: GoldenManifest;
  readonly outputs: NamedTensors;
  readonly source: 'stored' | 'computed';
}
