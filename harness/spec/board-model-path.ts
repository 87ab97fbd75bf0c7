import { existsSync } from 'node:fs';
import { relativePath } from '../project/path-in-project.ts';
import type { ResolvedSpec } from './case.ts';
import { SpecError } from './spec-error.ts';

/**
 * The board's model file for an SDK version, absolute.
 *
 * @throws {SpecError} If the spec has none, or the file is not there.
 */
export function boardModelPath({ boardModel, root, file }: ResolvedSpec, sdk: string): string {
  const path = 'bySdk' in boardModel ? boardModel.bySdk[sdk] : boardModel.pattern.replaceAll('{sdk}', sdk);
  if (path !== undefined && existsSync(path)) return path;
  const message =
    path === undefined && 'bySdk' in boardModel
      ? `has no model for SDK ${sdk}; it names ${Object.keys(boardModel.bySdk).join(', ')}`
      : `names ${relativePath(root, path ?? '')}, which does not exist`;
  throw new SpecError(relativePath(root, file), [{ path: 'model.board', message }], {
    hint: `Add the model for SDK ${sdk}, or choose another with --sdk.`,
  });
}
