import type { InjectedFault } from '../../../harness/reference/npu-format/round-layers.ts';
import type { NpuArithmetic } from '../../../harness/reference/npu-format/storage-nodes.ts';
import { virtualPlatform } from '../rknn/virtual-platform.ts';

/** How a simulated NPU with its runtime differs from another. Plain data: copy one and change what you need. */
export interface NpuPersonality {
  /** What the runtime answers as `api_version`, and prints first of all. */
  readonly apiVersion: string;
  /** What it answers as `drv_version`. */
  readonly driverVersion: string;
  /** Platform that a model's `target_platform` must name. */
  readonly platform: string;
  /** A mini driver loads only precompiled models. */
  readonly miniDriver: boolean;
  readonly arithmetic: NpuArithmetic;
  /** Whether one-channel u8 inputs may go through the fixed-point path; three-channel ones may in all these releases. */
  readonly oneChannelFixedPoint: boolean;
  /** A known deviation to inject; none in the SDK's own personalities. */
  readonly fault?: InjectedFault | undefined;
}

const common = { platform: virtualPlatform, miniDriver: false } as const;

/**
 * The SDK stacks that the virtual board can pretend to run, by runtime version. Not measurements of Rockchip's SDKs.
 *
 * Documented: the version texts of 1.6.1 and 1.7.5, both parts, and the runtime text of 1.5.0 (all are what a released
 * runtime answers); u8 outputs rounding half to even in 1.5.0 only (read out of 30 released drivers); the one-channel
 * fixed-point path since 1.7.1 (release notes).
 * Illustration: the driver text of 1.5.0 (releases before 1.6.0 have no constant, what they answer varies); biases of
 * float16 models in float16 before 1.7.5, which gives three stacks whose float16 results differ slightly; overflow to
 * infinity (that it occurs is documented, what the chip stores is not).
 */
export const personalities = {
  '1.5.0': {
    ...common,
    apiVersion: 'librknn_runtime version 1.5.0 (31b4f46 build: 2020-09-16 09:20:36 base: 1126)',
    driverVersion: '6.4.3.293908',
    arithmetic: { u8Ties: 'to-even', float16Overflow: 'infinity', float16Bias: 'float16' },
    oneChannelFixedPoint: false,
  },
  '1.6.1': {
    ...common,
    apiVersion: 'librknn_runtime version 1.6.1 (fa099c6 build: 2021-04-26 09:21:52 base: 1126)',
    driverVersion: '6.4.3.5.293908',
    arithmetic: { u8Ties: 'away-from-zero', float16Overflow: 'infinity', float16Bias: 'float16' },
    oneChannelFixedPoint: false,
  },
  '1.7.5': {
    ...common,
    apiVersion: 'librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)',
    driverVersion: '6.4.6.5.351518',
    arithmetic: { u8Ties: 'away-from-zero', float16Overflow: 'infinity', float16Bias: 'float32' },
    oneChannelFixedPoint: true,
  },
} as const satisfies Readonly<Record<string, NpuPersonality>>;

export type SimulatedSdk = keyof typeof personalities;
/** Oldest first. */
export const simulatedSdks = Object.keys(personalities) as readonly SimulatedSdk[];

export function isSimulatedSdk(sdk: string): sdk is SimulatedSdk {
  return Object.hasOwn(personalities, sdk);
}
