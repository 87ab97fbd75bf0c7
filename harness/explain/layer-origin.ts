import type { LayerRow } from '../layers/layer-analysis.ts';
import type { LayerOrigin } from './explanation.ts';

/** A side that differs by at most this share of the layer's own error does not have that error. */
const free = 0.5;

/**
 * Who makes a layer's own error: the model file, or what runs it.
 *
 * @returns undefined where the file's value of the layer could not be computed.
 */
export function layerOrigin({
  isolated,
  converted,
}: Pick<LayerRow, 'isolated' | 'converted'>): LayerOrigin | undefined {
  if (converted === undefined) return undefined;
  const fileOff = converted.fromReference.relative;
  const boardOff = converted.toBoard.relative;
  const fileIsFree = Number.isFinite(isolated.relative)
    ? fileOff <= free * isolated.relative
    : Number.isFinite(fileOff);
  const boardIsFree = boardOff <= free * isolated.relative;
  // A long way of rounding may leave both far off, where neither can be told from the other.
  const by = boardIsFree === fileIsFree ? 'undecided' : boardIsFree ? 'file' : 'board';
  return { by, fileOff, boardOff };
}
