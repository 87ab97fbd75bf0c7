import { setTimeout } from 'node:timers/promises';
import { type Npu, type NpuContext, VendorFailure } from '../npu.ts';
import type { RunFault } from './embedded-faults.ts';
import type { ProcessTable } from './process-table.ts';

/** Where the faults of a board are asked for, at every run. */
export interface RunFaults {
  /** The fault that this run meets, if any; counts it. */
  take(): RunFault | undefined;
}

/** An NPU whose runs fail as the board's faults say. */
export function faultyNpu(
  npu: Npu,
  faults: RunFaults,
  { pid, processes, signal }: { pid: number; processes: ProcessTable; signal: AbortSignal },
): Npu {
  const meet = async (fault: RunFault | undefined): Promise<void> => {
    switch (fault?.kind) {
      case 'vendor-status':
        throw new VendorFailure('rknn_run', fault.status);
      case 'die':
        processes.kill(pid, fault.signal);
        throw new Error('the process was killed');
      case 'hang':
        await setTimeout(fault.ms, undefined, { signal });
        break;
      case undefined:
    }
  };
  return {
    apiVersion: npu.apiVersion,
    driverVersion: npu.driverVersion,
    init: async (model, print) => {
      const context = await npu.init(model, print);
      return {
        inputs: context.inputs,
        outputs: context.outputs,
        setInputs: (inputs, log) => context.setInputs(inputs, log),
        run: async (inputs, log) => {
          await meet(faults.take());
          return context.run(inputs, log);
        },
        layers: (inputs, log) => context.layers(inputs, log),
        [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
      } satisfies NpuContext;
    },
  };
}
