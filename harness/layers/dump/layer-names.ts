/** File that the runtime leaves beside a dump since release 1.3.0: which node of the driver is which layer. */
export const layerNamesFile = 'NodeID_To_LayerName.txt';

/**
 * Reads the runtime's table of nodes, in the file or in a log that holds it: a line `NodeID<TAB> LayerName`, then
 * ` <id><TAB><layer>`. Nodes without a layer (`unknow node!`, sic) are left out.
 *
 * @returns Names of layers, `<name>_<uid>`, by node number.
 */
export function parseLayerNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  const lines = text.split(/\r?\n/);
  const header = lines.findIndex((line) => /^\s*NodeID\s+LayerName\s*$/.test(line));
  if (header === -1) return names;
  for (const line of lines.slice(header + 1)) {
    const entry = /^ *(\d*)\t *(.*?) *$/.exec(line);
    if (!entry) break;
    const [, id = '', layer = ''] = entry;
    if (id !== '' && layer !== '' && !layer.startsWith('unknow')) names.set(Number(id), layer);
  }
  return names;
}
