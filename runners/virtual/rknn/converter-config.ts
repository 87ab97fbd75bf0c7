import { z } from 'zod';
import { explainIssues } from '../../../harness/spec/explain-issues.ts';
import { HilError } from '../../../harness/hil-error.ts';
import type { ModelFormat } from '../../../harness/reference/npu-format/choose-storage.ts';
import { newestToolkit, toolkitVersions, type ToolkitVersion } from './toolkits.ts';
import { virtualPlatform } from './virtual-platform.ts';

const formats = {
  'asymmetric_quantized-u8': 'u8',
  'asymmetric_affine-u8': 'u8',
  'dynamic_fixed_point-i8': 'i8',
  'dynamic_fixed_point-i16': 'i16',
} as const satisfies Readonly<Record<string, ModelFormat>>;
const dtypeNames = Object.keys(formats) as [keyof typeof formats, ...(keyof typeof formats)[]];

const perInput = (what: string) =>
  z
    .array(z.array(z.number()).min(1))
    .min(1)
    .describe(`${what}: a list for every input, with a number for every channel.`);

const order = '(0 1 2|2 1 0)';

/** The config file of the stand-in converter. Keys are those of the vendor's `rknn.config` and `rknn.build`. */
const converterConfigSchema = z.strictObject({
  mean_values: perInput('Subtracted, in the network’s own channel order').optional(),
  std_values: z
    .array(z.array(z.number().positive()).min(1))
    .min(1)
    .optional()
    .describe('Divides after the mean; as mean_values.'),
  channel_mean_value: z
    .string()
    .optional()
    .describe('Old form, means and one divisor: "M0 M1 M2 S"; several inputs joined by #.'),
  reorder_channel: z
    .string()
    .regex(new RegExp(`^${order}(#${order})*$`), '"0 1 2" or "2 1 0", several inputs joined by #')
    .optional()
    .describe('"2 1 0" turns the RGB that is fed into the BGR that the network was trained on.'),
  do_quantization: z.boolean().default(true).describe('false: weights and layer outputs are float16.'),
  quantized_dtype: z.enum(dtypeNames).default('asymmetric_quantized-u8'),
  dataset: z
    .union([
      z.string().min(1),
      z.array(z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])).min(1),
    ])
    .optional()
    .describe(
      'Calibration data: a list of pictures or .npy files, or a text file that lists them, one run on a line.',
    ),
  optimization_level: z.number().int().min(0).max(3).default(3),
  pre_compile: z.boolean().default(false),
  toolkit: z
    .enum(toolkitVersions)
    .default(newestToolkit)
    .describe('Whose habits the stand-in converter follows.'),
  target_platform: z.literal(virtualPlatform).default(virtualPlatform),
});

/** What happens to one input before it is quantised. */
export interface InputPreprocessing {
  /** One for every channel, after the reorder; undefined: nothing is subtracted. */
  readonly mean: readonly number[] | undefined;
  /** One for every channel, after the reorder; undefined: nothing is divided. */
  readonly std: readonly number[] | undefined;
  /** Channels 0 and 2 change places; undefined: as the framework's default is. */
  readonly swapChannels: boolean | undefined;
}

/** How a model is to be converted. */
export interface ConverterConfig {
  /** Of each input; empty: no input has any. */
  readonly preprocessing: readonly InputPreprocessing[];
  readonly format: ModelFormat;
  readonly optimizationLevel: number;
  readonly preCompile: boolean;
  readonly toolkit: ToolkitVersion;
  /** Paths as written: a listing file, or the files of each run. */
  readonly dataset: string | readonly (readonly string[])[] | undefined;
}

/** A config of the stand-in converter that cannot be used. */
export class ConverterConfigError extends HilError {
  readonly code = 'HIL_CONVERTER_CONFIG';
  readonly owner = 'spec';

  constructor(origin: string, problems: readonly string[], cause?: unknown) {
    super(problems.map((problem) => `${origin}: ${problem}`).join('\n'), {
      hint: 'Correct the file; docs/virtual-board.md lists the keys.',
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/**
 * Checks a config.
 *
 * @param value - The parsed document.
 * @param origin - File it comes from, for messages.
 * @throws {ConverterConfigError} Naming every field that is wrong.
 */
export function parseConverterConfig(value: unknown, origin: string): ConverterConfig {
  const parsed = converterConfigSchema.safeParse(value ?? {});
  if (!parsed.success) {
    const problems = explainIssues(parsed.error.issues, converterConfigSchema, value ?? {});
    throw new ConverterConfigError(
      origin,
      problems.map(({ path, message }) => `${path || 'the file'} ${message}`),
    );
  }
  const config = parsed.data;
  return {
    preprocessing: preprocessingOf(config, origin),
    format: config.do_quantization ? formats[config.quantized_dtype] : 'fp16',
    optimizationLevel: config.optimization_level,
    preCompile: config.pre_compile,
    toolkit: config.toolkit,
    dataset: typeof config.dataset === 'string' ? config.dataset : config.dataset?.map((run) => [run].flat()),
  };
}

type RawConfig = z.infer<typeof converterConfigSchema>;

function preprocessingOf(config: RawConfig, origin: string): InputPreprocessing[] {
  const { means, stds } = normalisationOf(config, origin);
  const orders = config.reorder_channel?.split('#');
  const counts = [means, stds, orders].flatMap((list) => (list ? [list.length] : []));
  if (new Set(counts).size > 1) {
    throw new ConverterConfigError(origin, [
      `mean, std and reorder_channel are for ${counts.join(', ')} inputs`,
    ]);
  }
  return Array.from({ length: counts[0] ?? 0 }, (_, i) => {
    const [mean, std] = [means?.[i], stds?.[i]];
    if (mean && std && mean.length !== std.length) {
      throw new ConverterConfigError(origin, [
        `std_values[${i}] has ${std.length} entries, but mean_values[${i}] has ${mean.length}`,
      ]);
    }
    const chosen = orders?.[i];
    return { mean, std, swapChannels: chosen === undefined ? undefined : chosen === '2 1 0' };
  });
}

function normalisationOf(config: RawConfig, origin: string) {
  const { channel_mean_value: old, mean_values: means, std_values: stds } = config;
  if (old === undefined) return { means, stds };
  if (means || stds) {
    throw new ConverterConfigError(origin, [
      'channel_mean_value excludes mean_values and std_values; keep one form',
    ]);
  }
  const inputs = old.split('#').map((text) => text.trim().split(/\s+/).map(Number));
  for (const numbers of inputs) {
    if (numbers.length < 2 || !numbers.every((number) => Number.isFinite(number)) || !(numbers.at(-1)! > 0)) {
      throw new ConverterConfigError(origin, [
        `channel_mean_value is "${old}", but must be means and a divisor above 0, such as "128 128 128 1"`,
      ]);
    }
  }
  return {
    means: inputs.map((numbers) => numbers.slice(0, -1)),
    stds: inputs.map((numbers) => numbers.slice(0, -1).map(() => numbers.at(-1)!)),
  };
}
