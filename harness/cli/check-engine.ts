import { InternalError } from '../hil-error.ts';
import { createOnnxRuntimeEngine } from '../reference/onnx-runtime-engine.ts';
import { makeModel, makeNode, makeValueInfo, writeOnnx } from '../reference/onnx/model.ts';
import { tensor } from '../tensor/tensor.ts';

/**
 * Lets the reference engine compute one softmax, to see that it works on this machine.
 *
 * @returns Its name and version.
 * @throws {HilError} If it cannot be loaded, or computes something else.
 */
export async function checkEngine(): Promise<string> {
  const engine = createOnnxRuntimeEngine();
  const bytes = writeOnnx(
    makeModel(
      {
        name: 'softmax',
        nodes: [makeNode('Softmax', ['x'], ['y'], { axis: { int: 1 } })],
        initializers: [],
        inputs: [makeValueInfo('x', 'float32', [1, 2])],
        outputs: [makeValueInfo('y', 'float32', [1, 2])],
      },
      { '': 13 },
    ),
  );
  await using model = await engine.load(bytes, 'built-in network', { optimise: true });
  const outputs = await model.run(new Map([['x', tensor('float32', [1, 2], Float32Array.of(1, 0))]]));
  const first = Number(outputs.get('y')?.data[0]);
  // e / (e + 1)
  if (!(Math.abs(first - 0.7310586) < 1e-6))
    throw new InternalError(`the engine says that the softmax of 1 and 0 is ${first}, not 0.7310586`);
  return `${engine.name} ${engine.version}`;
}
