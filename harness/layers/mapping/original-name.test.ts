import { expect, test } from 'vitest';
import { OriginalNames } from './original-name.ts';

const names = new OriginalNames([
  { name: 'conv1', node: 'conv1' },
  { name: 'conv1/relu:0', node: 'relu_1' },
  { name: 'conv10', node: '' },
  { name: 'layer2.1.bn2', node: 'layer2.1.conv2' },
]);

test.each([
  // The toolkit's form: operator, name, number.
  ['Conv_conv1_1', 0],
  ['conv1', 0],
  ['Conv_conv10_7', 2],
  ['Relu_conv1/relu:0_3', 1],
  ['Relu_conv1_relu_0', 1],
  ['Conv_layer2.1.bn2_64', 3],
  ['Conv_layer2.1.conv2_64', 3],
  ['Relu_relu_1_4', 1],
  ['Conv_conv11_1', undefined],
  ['', undefined],
])('%j is value %j', (converted, expected) => {
  expect(names.find(converted)).toBe(expected);
});
