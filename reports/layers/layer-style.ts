/** Marks of the layer plots that the charts' common style sheet lacks; scoped like it. */
export const layerStyle = `<style>
.hil-chart path{fill:none;stroke-width:1.8}.hil-chart .own{stroke:var(--golden)}.hil-chart .all{stroke:var(--board)}.hil-chart .explained{stroke-dasharray:4 3;opacity:.75}
.hil-chart circle.own{fill:var(--golden);stroke:none}.hil-chart circle.all{fill:var(--board);stroke:none}.hil-chart .suspect{fill:var(--bad);opacity:.14}.hil-chart .point{fill:var(--board);opacity:.45}
.hil-chart .equal{stroke:var(--faint)}.hil-chart .gain{stroke:var(--bad);stroke-dasharray:5 3}.hil-chart .axis-title{fill:var(--faint)}
</style>`;
