import { tellDistance } from '../../harness/explain/summarise.ts';
import type { CaseRecord } from '../../harness/store/record.ts';

/**
 * What of a case's distance the conversion made and what the board, in a sentence without a full stop; undefined where
 * nothing is known, or the explanation of the case says it already.
 */
export function conversionSentence({
  conversion,
  explanation,
}: Pick<CaseRecord, 'conversion' | 'explanation'>): string | undefined {
  if (conversion === undefined || explanation?.format?.ofFile) return undefined;
  if ('notComputed' in conversion)
    return `what the conversion explains could not be computed: ${conversion.notComputed}`;
  const { output, unit, floatToConverted, floatToBoard, convertedToBoard } = conversion;
  return `the conversion explains ${tellDistance(floatToConverted, unit)} of the ${tellDistance(floatToBoard, unit)} at ${output}; the board adds ${tellDistance(convertedToBoard, unit)} (the file computed by a model of the NPU)`;
}
