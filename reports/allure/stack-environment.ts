import type { CaseRecord } from '../../harness/store/record.ts';
import { targetKind } from '../facts/target.ts';

/** The label that says which of Allure's environments a result belongs to. */
export const environmentLabel = 'sdkStack';

/** One of Allure's environments: an SDK, on hardware or simulated. */
export interface StackEnvironment {
  /** Stands in addresses: letters, digits, `_` and `-`. */
  readonly id: string;
  readonly name: string;
}

/** Allure takes no names with slashes, and none beyond 64 characters. */
export function environmentName(target: Pick<CaseRecord['target'], 'sdk' | 'simulated'>): string {
  const name = `SDK ${target.sdk}${targetKind(target) === 'simulated' ? ' (simulated)' : ''}`;
  return name.replaceAll(/[/\\]|\p{Cc}/gu, '-').slice(0, 64);
}

/** Environments of these names, in the order of their SDKs; names that differ get ids that differ. */
export function environmentsOf(names: Iterable<string>): StackEnvironment[] {
  const taken = new Set<string>();
  return [...new Set(names)]
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => {
      const base = name
        .replaceAll(/[^A-Za-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '')
        .toLowerCase();
      let id = base;
      for (let further = 2; taken.has(id); further++) id = `${base.slice(0, 60)}-${further}`;
      taken.add(id);
      return { id, name };
    });
}
