import { existsSync } from 'node:fs';
import { relativePath } from '../project/path-in-project.ts';
import type { ResolvedSpec } from './case.ts';
import { SpecError } from './spec-error.ts';

/**
 * The board's model file for an SDK version, absolute.
 *
 * @throws {SpecError} If the spec has none, the file is not there, or it has not been converted yet.
 */
export function boardModelPath(spec: ResolvedSpec, sdk: string): string {
  const { boardModel } = spec;
  requireBoardModel(spec, sdk);
  if ('bySdk' in boardModel) return boardModel.bySdk[sdk]!;
  if ('pattern' in boardModel) return boardModel.pattern.replaceAll('{sdk}', sdk);
  const path = boardModel.conversion.converted[sdk];
  if (path !== undefined && existsSync(path)) return path;
  throw specError(
    spec,
    `has not been converted for SDK ${sdk}`,
    'Use a command that converts first, such as `npx hil run`.',
  );
}

/**
 * Whether there is a model for an SDK version, or a command that makes it.
 *
 * @throws {SpecError} If not.
 */
export function requireBoardModel(spec: ResolvedSpec, sdk: string): void {
  const { boardModel, root } = spec;
  if ('conversion' in boardModel) {
    const { sdks } = boardModel.conversion;
    if (sdks.includes(sdk)) return;
    throw specError(
      spec,
      `is to be converted, but \`convert\` in hil.config.yaml has no command for SDK ${sdk}; it has ${sdks.join(', ') || 'none'}`,
      `Add convert["${sdk}"].command to hil.config.yaml, or choose another SDK with --sdk.`,
    );
  }
  const path = 'bySdk' in boardModel ? boardModel.bySdk[sdk] : boardModel.pattern.replaceAll('{sdk}', sdk);
  if (path !== undefined && existsSync(path)) return;
  const message =
    path === undefined && 'bySdk' in boardModel
      ? `has no model for SDK ${sdk}; it names ${Object.keys(boardModel.bySdk).join(', ')}`
      : `names ${relativePath(root, path ?? '')}, which does not exist`;
  throw specError(spec, message, `Add the model for SDK ${sdk}, or choose another with --sdk.`);
}

const specError = ({ root, file }: ResolvedSpec, message: string, hint: string): SpecError =>
  new SpecError(relativePath(root, file), [{ path: 'model.board', message }], { hint });
