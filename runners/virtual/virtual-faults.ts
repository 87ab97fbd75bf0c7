import type { InjectedFault } from '../../harness/reference/npu-format/round-layers.ts';
import type { EmbeddedFaults } from './embedded/embedded-faults.ts';

/** What goes wrong on a virtual board: on the board, or in its NPU. */
export interface VirtualFaults extends EmbeddedFaults {
  /** The NPU computes a layer wrong, a little or much. Fixed when the board starts. */
  readonly layer?: LayerFault;
}

export interface LayerFault {
  readonly kind: InjectedFault['kind'];
  /** Name of the layer's output tensor, or `*` for all layers; networks without such a layer are computed right. */
  readonly name: string;
  /** `scale`: the output is multiplied by 1 + amount; `offset`: amount is added, in real units. */
  readonly amount: number;
  /** The only SDK version with this fault; all have it if absent. */
  readonly sdk?: string;
}

/** The deviation that the NPU of an SDK version has by the board's faults. */
export const deviationOf = ({ layer: fault }: VirtualFaults, sdk: string): InjectedFault | undefined =>
  fault === undefined || (fault.sdk !== undefined && fault.sdk !== sdk)
    ? undefined
    : { kind: fault.kind, layer: fault.name, amount: fault.amount };
