import type { StoredLayers } from '../../harness/store/layer-capture.ts';
import { channelErrors, channelPlot } from './channel-plot.ts';
import { depthPlot } from './depth-plot.ts';
import { scatterPlot } from './scatter-plot.ts';

/** A picture with the name that it is attached under. */
export interface LayerPlot {
  readonly title: string;
  readonly svg: string;
}

/** Error over depth; and of the layer that is itself wrong, if there is one, a scatter and its channels. */
export function layerPlots({ analysis, suspect }: StoredLayers): LayerPlot[] {
  if (analysis.rows.length === 0) return [];
  const depth = { title: 'layers: error over depth', svg: depthPlot(analysis, 'Error of each layer') };
  const row = analysis.suspect && analysis.rows[analysis.suspect.row];
  if (row === undefined || suspect === undefined) return [depth];
  return [
    depth,
    { title: `layer ${row.value}: board against reference`, svg: scatterPlot(row, suspect) },
    {
      title: `layer ${row.value}: error of each channel`,
      svg: channelPlot(row, channelErrors(row, suspect)),
    },
  ];
}
