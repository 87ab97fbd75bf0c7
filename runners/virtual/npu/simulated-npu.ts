import type { ReferenceEngine } from '../../../harness/reference/engine.ts';
import type { InjectedFault } from '../../../harness/reference/npu-format/round-layers.ts';
import type { Npu } from '../npu.ts';
import { loadModel } from './load-model.ts';
import { loadNetwork } from './network.ts';
import type { NpuPersonality } from './personality.ts';
import { SimulatedContext } from './simulated-context.ts';
import { Turns } from './turns.ts';

export interface SimulatedNpuOptions {
  /** Does the arithmetic. */
  readonly engine: ReferenceEngine;
  readonly personality: NpuPersonality;
  /**
   * As `RKNN_LOG_LEVEL`: 1 errors (the runtime's default), 2 warnings, 3 information, 4 debug. Lines that begin with
   * `virtual board:` are the simulation's own and always appear.
   */
  readonly logLevel?: number | undefined;
}

/**
 * An NPU with its runtime, simulated: the vendor's checks, input conversion and numeric formats on the local engine. It
 * says nothing about how a chip computes beyond that, and nothing about speed: `npuTimeUs` is the time that the engine
 * took on this machine. Like the real one it runs one network at a time, however many contexts there are.
 */
export function createSimulatedNpu({ engine, personality, logLevel = 1 }: SimulatedNpuOptions): Npu {
  const turns = new Turns();
  return {
    apiVersion: personality.apiVersion,
    driverVersion: personality.driverVersion,
    async init(bytes, print) {
      const model = loadModel(bytes, personality, print);
      if (personality.fault) print(deviationLine(personality.fault));
      const network = await loadNetwork(engine, model.write(personality), print);
      return new SimulatedContext({ engine, personality, logLevel, turns, model, network });
    },
  };
}

/** So that nobody takes a wrong answer that was asked for as a finding. */
const deviationLine = ({ kind, layer, amount }: InjectedFault): string =>
  `virtual board: wrong on purpose: ${layer === '*' ? 'the output of every layer' : `the output of the layer ${layer}, if there is one,`} is ${kind === 'scale' ? `multiplied by ${1 + amount}` : `moved by ${amount}`} before it is rounded`;
