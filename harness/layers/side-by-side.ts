import { makeValueInfo, type OnnxModel, type OnnxNode, type OnnxTensor } from '../reference/onnx/model.ts';

/** A network among others in one model. */
export interface Side {
  /** Put before the names of its values; nothing else may begin so. */
  readonly prefix: string;
  readonly model: OnnxModel;
  /** The values that it gives: shapes by name, float32. */
  readonly outputs: ReadonlyMap<string, readonly number[]>;
}

/**
 * Puts networks beside each other in one model, so that they are loaded and run at once. Inputs of one name are one
 * input; constants are shared where they are the same object.
 *
 * @returns A model whose outputs are each side's, by the side's prefix and their own name.
 */
export function sideBySide(sides: readonly [Side, ...Side[]]): OnnxModel {
  const constants = new Map<string, OnnxTensor>();
  const inputs = new Map<string, OnnxModel['graph']['input'][number]>();
  const opsets = new Map<string, OnnxModel['opsetImport'][number]>();
  const node: OnnxNode[] = [];
  for (const { prefix, model } of sides) {
    const own = new Set(model.graph.node.flatMap(({ output }) => output));
    for (const constant of model.graph.initializer) {
      const known = constants.get(constant.name);
      if (known !== undefined && known !== constant) own.add(constant.name);
      const name = own.has(constant.name) ? `${prefix}${constant.name}` : constant.name;
      constants.set(name, name === constant.name ? constant : { ...constant, name });
    }
    for (const input of model.graph.input) inputs.set(input.name, input);
    for (const opset of model.opsetImport) opsets.set(opset.domain, opset);
    const rename = (name: string) => (own.has(name) && name !== '' ? `${prefix}${name}` : name);
    for (const each of model.graph.node) {
      node.push({
        ...each,
        // Nodes may be without a name, but no two may share one.
        name: each.name === '' ? '' : `${prefix}${each.name}`,
        input: each.input.map(rename),
        output: each.output.map(rename),
      });
    }
  }
  const [{ model }] = sides;
  return {
    ...model,
    opsetImport: [...opsets.values()],
    graph: {
      ...model.graph,
      node,
      initializer: [...constants.values()],
      input: [...inputs.values()],
      output: sides.flatMap(({ prefix, outputs }) =>
        [...outputs].map(([name, shape]) => makeValueInfo(`${prefix}${name}`, 'float32', shape)),
      ),
    },
  };
}
