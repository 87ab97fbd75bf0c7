import type { ConstantRounding } from '../../../harness/reference/npu-format/convert-constants.ts';

/**
 * What our stand-in for the converter does differently under each toolkit's name. The numbers are the vendor's release
 * numbers; the behaviour is ours. How the real toolkits round float16 weights is not documented: published layer
 * outputs of January 2021 fit truncation best, so the older two truncate. That the newest rounds to nearest, and that
 * the oldest keeps biases in float16, is illustration: it gives three converters whose numbers differ slightly.
 */
export const toolkits = {
  '1.6.1': { weights: 'truncate', bias: 'float16' },
  '1.7.1': { weights: 'truncate', bias: 'float32' },
  '1.7.5': { weights: 'nearest', bias: 'float32' },
} as const satisfies Readonly<Record<string, ConstantRounding>>;

export type ToolkitVersion = keyof typeof toolkits;
export const toolkitVersions = Object.keys(toolkits) as [ToolkitVersion, ...ToolkitVersion[]];
export const newestToolkit: ToolkitVersion = '1.7.5';
