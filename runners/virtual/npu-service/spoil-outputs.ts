import type { TensorAttribute } from '../../../harness/board/tensor-attribute.ts';
import type { SpoiltOutputs } from './npu-faults.ts';

/** The bytes of one output as a faulty NPU would give them; a copy. */
export function spoilOutput(bytes: Uint8Array, { dtype }: TensorAttribute, how: SpoiltOutputs): Uint8Array {
  switch (how) {
    case 'zero':
      return new Uint8Array(bytes.length);
    case 'half':
      return bytes.slice(0, bytes.length >> 1);
    case 'nan': {
      const pattern = nanBytes[dtype];
      return pattern ? bytes.map((_, i) => pattern[i % pattern.length]!) : bytes.slice();
    }
  }
}

/** Quiet NaNs, little-endian; integers have none. */
const nanBytes: Readonly<Record<string, readonly number[] | undefined>> = {
  float16: [0x00, 0x7e],
  float32: [0x00, 0x00, 0xc0, 0x7f],
};
