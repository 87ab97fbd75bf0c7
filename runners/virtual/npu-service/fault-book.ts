import type { NpuFault, NpuFaults } from './npu-faults.ts';
import { type VendorCall, vendorCalls } from './vendor-calls.ts';

/** The faults of a service, and how often each has happened. */
export class FaultBook {
  readonly faults: NpuFaults;
  readonly #taken = new Map<VendorCall, number>();

  constructor(faults: NpuFaults) {
    this.faults = faults;
  }

  /** The fault that this call meets, if any; counts it. */
  take(call: VendorCall): NpuFault | undefined {
    const fault = this.#active(call);
    if (fault) this.#taken.set(call, (this.#taken.get(call) ?? 0) + 1);
    return fault;
  }

  /**
   * Calls that the library must ask about although it could answer them itself, a bit for each. The others reach the
   * service anyway.
   */
  get watched(): number {
    return localCalls.reduce((bits, call) => (this.#active(call) ? bits | bitOf(call) : bits), 0);
  }

  #active(call: VendorCall): NpuFault | undefined {
    const fault = this.faults[call];
    const left = (fault?.times ?? Infinity) - (this.#taken.get(call) ?? 0);
    return left > 0 ? fault : undefined;
  }
}

const remoteCalls: readonly VendorCall[] = ['rknn_init', 'rknn_destroy', 'rknn_run'];
const localCalls = vendorCalls.filter((call) => !remoteCalls.includes(call));

const bitOf = (call: VendorCall): number => 1 << vendorCalls.indexOf(call);
