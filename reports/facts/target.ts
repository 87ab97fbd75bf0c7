import type { SdkStack } from '../../harness/board/sdk-stack.ts';
import type { CaseRecord } from '../../harness/store/record.ts';

type Target = CaseRecord['target'];

/** The board's name; a stand-in is always marked. */
export function boardLabel({ board, simulated }: Pick<Target, 'board' | 'simulated'>): string {
  return simulated ? `${board} (simulated)` : board;
}

/** The SDK's version, with the versions of its parts where they differ from it. */
export function stackLabel({ sdk, stack }: Pick<Target, 'sdk' | 'stack'>): string {
  if (!stack) return sdk;
  const parts = stackParts(stack).filter(([, version]) => version !== '' && version !== stack.name);
  return parts.length === 0
    ? stack.name
    : `${stack.name} (${parts.map((part) => part.join(' ')).join(', ')})`;
}

function stackParts(stack: SdkStack): [string, string][] {
  return [
    ['api', stack.api.version],
    ['driver', stack.driver.version],
    ['toolkit', stack.toolkit?.version ?? ''],
  ];
}

/** Board, SDK and format in one phrase, e.g. `virtual (simulated), SDK 1.7.5, fp16`. */
export function targetLabel(target: Target): string {
  return `${boardLabel(target)}, SDK ${target.sdk}, ${target.format}`;
}

/** `simulated` or `hardware`: results of the one never share a history with the other's. */
export function targetKind({ simulated }: Pick<Target, 'simulated'>): 'simulated' | 'hardware' {
  return simulated ? 'simulated' : 'hardware';
}
