import * as fc from 'fast-check';
import { bytesPerElement, dtypes, elementsOf } from './dtype.ts';
import { elementCount, tensor, type Tensor } from './tensor.ts';

/** For property tests: tensors of every element type, up to four dimensions, empty ones and scalars among them. */
export const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = elementCount(shape) * bytesPerElement(dtype);
    const byte = dtype === 'bool' ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: 0, max: 255 });
    return fc
      .array(byte, { minLength: length, maxLength: length })
      .map((bytes) => tensor(dtype, shape, elementsOf(dtype, Uint8Array.from(bytes))));
  });
