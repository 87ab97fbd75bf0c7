import { gt } from 'semver';
import type { ComponentVersion } from '../board/sdk-stack.ts';
import { relativePath } from '../project/path-in-project.ts';
import type { ResolvedSpec } from '../spec/case.ts';
import { release, sameToolkit } from './check-converted.ts';
import { ToolkitClaimError } from './conversion-error.ts';

/**
 * A spec that names a model for each SDK claims that each file was made for its SDK. A file of an older toolkit may be meant:
 * newer runtimes load it. One of a newer toolkit, or of one that another SDK of the spec has, was put in the wrong place.
 *
 * @param path - Of the model file, absolute.
 * @param toolkit - As the file has it; undefined where it does not say.
 * @throws {ToolkitClaimError}
 */
export function requireClaimedToolkit(
  { boardModel, root, file }: ResolvedSpec,
  sdk: string,
  { path, toolkit }: { readonly path: string; readonly toolkit: ComponentVersion | undefined },
): void {
  const others = claimedSdks(boardModel, sdk);
  if (others === undefined || toolkit === undefined || toolkit.version === '') return;
  const { version } = toolkit;
  if (sameToolkit(version, sdk)) return;
  const owner = others.find((other) => sameToolkit(version, other));
  if (owner === undefined && !isNewer(version, sdk)) return;
  throw new ToolkitClaimError(
    `${relativePath(root, path)}: version is "${version}", but must be ${owner === undefined ? `${sdk} or older` : sdk}: ${relativePath(root, file)} names it under model.board for SDK ${sdk}${owner === undefined ? '' : `, and another file for SDK ${owner}`}`,
    { hint: `Put the file that toolkit ${sdk} made there, or convert the network again with it.` },
  );
}

/** The other SDKs that a spec has models for; undefined where one model serves all. */
function claimedSdks(boardModel: ResolvedSpec['boardModel'], sdk: string): string[] | undefined {
  if ('pattern' in boardModel) return boardModel.pattern.includes('{sdk}') ? [] : undefined;
  if (!('bySdk' in boardModel)) return undefined;
  const { bySdk } = boardModel;
  const others = Object.keys(bySdk).filter((other) => bySdk[other] !== bySdk[sdk]);
  return others.length === 0 ? undefined : others;
}

const isNewer = (version: string, sdk: string): boolean => {
  try {
    return gt(release(version), sdk);
  } catch {
    return false;
  }
};
