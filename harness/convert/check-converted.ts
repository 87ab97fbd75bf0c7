import { parseComponentVersion } from '../board/sdk-stack.ts';
import { HilError } from '../hil-error.ts';
import { readRknn } from '../reference/rknn-file/rknn-file.ts';
import { ConversionFailedError, ToolkitClaimError } from './conversion-error.ts';

/** The release of a version: `1.7.5b1` is a build of 1.7.5. */
export const release = (version: string): string => /^\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;

/** Whether two toolkits are one release. */
export const sameToolkit = (a: string, b: string): boolean => release(a) === release(b);

/**
 * Holds a freshly converted file against what its command promises.
 *
 * @param shown - The path as people know it.
 * @returns The toolkit's version as the file has it.
 * @throws {ConversionFailedError} If it is no .rknn file.
 * @throws {ToolkitClaimError} If another toolkit made it, or it does not say which.
 */
export function checkConverted(
  bytes: Uint8Array,
  shown: string,
  { sdk, toolkit }: { readonly sdk: string; readonly toolkit: string },
): string {
  let found: string | undefined;
  try {
    found = readRknn(bytes, shown).trailer.version;
  } catch (cause) {
    if (!(cause instanceof HilError)) throw cause;
    throw new ConversionFailedError(
      `the converter for SDK ${sdk} did not write a .rknn file: ${cause.message}`,
      {
        hint: 'Run the command by hand and look at what it writes.',
        cause,
      },
    );
  }
  if (found !== undefined && sameToolkit(parseComponentVersion(found).version || found, toolkit))
    return found;
  throw new ToolkitClaimError(
    `${shown}: version is ${found === undefined ? 'missing' : `"${found}"`}, but must be ${toolkit}, which convert["${sdk}"] in hil.config.yaml promises for SDK ${sdk}`,
    {
      hint: `Let the command start toolkit ${toolkit}; or, if another is meant, say so: convert["${sdk}"].toolkit${found === undefined ? '' : `: ${release(found)}`}.`,
    },
  );
}
