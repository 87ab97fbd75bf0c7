import { expect } from 'vitest';
import type { NamedTensors, Tensor } from '../tensor/tensor.ts';
import { matchGolden, type MatchGoldenOptions } from './match-golden.ts';

// For tests written by hand: `import 'hil-harness/matchers'`, or list it under `setupFiles`.
expect.extend({
  toMatchGolden: (received: Tensor | NamedTensors, name: string, options: MatchGoldenOptions) =>
    matchGolden(received, name, options),
});

declare module 'vitest' {
  // The parameter must be the one that Vitest declares.
  // oxlint-disable-next-line no-unused-vars, typescript/no-explicit-any
  interface Matchers<T = any> {
    /** Holds a tensor, or named tensors, against a stored golden, e.g. `two-class/apple-1`. */
    toMatchGolden(name: string, options: MatchGoldenOptions): Promise<void>;
  }
}
