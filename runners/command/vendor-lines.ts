import { parseComponentVersion, type SdkStack } from '../../harness/board/sdk-stack.ts';
import { VendorStatusError } from '../protocol/vendor-status.ts';

const runtime = /librknn_runtime version \d[^\n\r]*?\([^)\n\r]*\)/;
const driver = /driver version: (\d+(?:\.\d+)+)/;
/** `rknn_init fail! ret=-13` of most demos, `rknn_init error ret=-13` of others. */
const failure = /^(rknn_\w+) (?:fail!|error) ret=(-\d+)\s*$/m;
/** The demos’ own misspelling. */
const realNames: Readonly<Record<string, string>> = { rknn_input_set: 'rknn_inputs_set' };

const untold = { text: 'not told by the program', version: '' } as const;

/** What is said of the stack where a program prints nothing of it. */
export const unknownStack: SdkStack = { name: 'unknown', api: untold, driver: untold };

/** The versions in play, as far as the runtime's banner and the demos' lines tell them. */
export function stackFromLines(text: string): SdkStack {
  const banner = runtime.exec(text)?.[0];
  const driverVersion = driver.exec(text)?.[1];
  const api = banner === undefined ? untold : parseComponentVersion(banner);
  return {
    name: api.version === '' ? unknownStack.name : api.version,
    api,
    driver: driverVersion === undefined ? untold : parseComponentVersion(driverVersion),
  };
}

/** The vendor's failure that a demo has printed, if it did. */
export function vendorFailureIn(text: string): VendorStatusError | undefined {
  const [, call, status] = failure.exec(text) ?? [];
  if (call === undefined) return undefined;
  return new VendorStatusError(realNames[call] ?? call, Number(status), text);
}
