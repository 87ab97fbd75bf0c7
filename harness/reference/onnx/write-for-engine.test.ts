import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { makeModel, makeNode, makeValueInfo, readOnnx, tensorToOnnx, writeOnnx } from './model.ts';
import { writeForEngine } from './write-for-engine.ts';

test('gives the model that the library’s own writer gives', () => {
  const elements = Float32Array.from({ length: 300 }, (_, i) => i / 7);
  const model = makeModel(
    {
      name: 'two constants',
      nodes: [
        makeNode('Add', ['x', 'a'], ['y']),
        makeNode('Clip', ['y', 'b'], ['z'], { note: { string: 'é' } }),
      ],
      initializers: [
        tensorToOnnx('a', tensor('float32', [300], elements)),
        tensorToOnnx('b', tensor('float32', [], Float32Array.of(1))),
        // Elements may stand in a typed list instead of bytes.
        Object.assign(tensorToOnnx('c', tensor('float32', [0], new Float32Array())), {
          dims: [2n],
          floatData: [1, 2],
        }),
      ],
      inputs: [makeValueInfo('x', 'float32', [300])],
      outputs: [makeValueInfo('z', 'float32', [300])],
    },
    { '': 13, 'com.microsoft': 1 },
  );

  const written = readOnnx(writeForEngine(model), 'written');

  expect(written).toEqual(readOnnx(writeOnnx(model), 'written'));
});
