import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseListenAddress } from '../../../runners/virtual/npu-service/listen-address.ts';
import { startNpuService } from '../../../runners/virtual/npu-service/npu-service.ts';
import { personalities, type SimulatedSdk } from '../../../runners/virtual/npu/personality.ts';
import { createSimulatedNpu } from '../../../runners/virtual/npu/simulated-npu.ts';
import { packageFolder } from '../../harness-version.ts';
import { createOnnxRuntimeEngine } from '../../reference/onnx-runtime-engine.ts';
import { type ExitCode, exitCodes, type Io } from '../io.ts';

/** `hil virtual npu`: serves the simulated NPU to programs that use the vendor's API, until Ctrl-C. */
export async function virtualNpuCommand(
  options: { readonly sdk: SimulatedSdk; readonly listen: string },
  io: Io,
): Promise<ExitCode> {
  const listen = parseListenAddress(options.listen);
  const engine = createOnnxRuntimeEngine();
  const npu = createSimulatedNpu({ engine, personality: personalities[options.sdk] });
  await using service = await startNpuService({
    npu,
    listen,
    log: (line) => void io.stderr.write(`${line}\n`),
  });
  io.stdout.write(usage(options.sdk, service.address));
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return exitCodes.ok;
}

function usage(sdk: string, address: string): string {
  const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  const native = join(packageFolder, 'runners/native');
  const shipped = join(native, 'prebuilt', machine);
  const folder = existsSync(shipped) ? shipped : '<folder of the stand-in librknn_api.so>';
  return `Simulated NPU, SDK ${sdk}, at ${address}. Ctrl-C ends it.

Run a program that is linked with librknn_api.so:
  HIL_NPU=${address} LD_LIBRARY_PATH=${folder} <program>
Link one:
  cc demo.c -I ${join(native, 'abi')} -L ${folder} -lrknn_api -o demo
`;
}
