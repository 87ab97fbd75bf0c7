import type { LoadOptions, ReferenceEngine } from '../reference/engine.ts';
import type { NamedTensors } from '../tensor/tensor.ts';

/** An engine for tests: it answers what it is told, and counts what it was asked. */
export interface FakeEngine extends ReferenceEngine {
  readonly loads: readonly Pick<LoadOptions, 'optimise' | 'exactGraph'>[];
  /** Models that were loaded and not yet disposed. */
  readonly open: number;
}

export function createFakeEngine(
  answer: (feeds: NamedTensors, optimise: boolean) => NamedTensors,
  version = '1.0.0',
): FakeEngine {
  const loads: Pick<LoadOptions, 'optimise' | 'exactGraph'>[] = [];
  let open = 0;
  return {
    name: 'fake',
    version,
    loads,
    get open() {
      return open;
    },
    load(_bytes, _origin, { optimise, exactGraph }) {
      loads.push({ optimise, exactGraph });
      open++;
      return Promise.resolve({
        inputs: [],
        outputs: [],
        run: async (feeds) => Promise.resolve(answer(feeds, optimise)),
        [Symbol.asyncDispose]: () => {
          open--;
          return Promise.resolve();
        },
      });
    },
  };
}
