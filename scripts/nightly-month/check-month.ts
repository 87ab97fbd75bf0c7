import type { HilSession, Typed } from './hil-session.ts';
import type { MonthPlan, Night } from './run-month.ts';

/** An acceptance check between two nights of the month. */
export interface MonthCheck {
  readonly name: string;
  readonly candidate: string;
  readonly night: Night;
  readonly typed: Typed;
}

/**
 * Holds the SDKs of the last night against the SDK in use on the first, and the one that moves also as it was before.
 *
 * @param baseline - The SDK in use.
 */
export async function checkMonth(
  nights: readonly Night[],
  { sdks, shift }: MonthPlan,
  baseline: string,
  session: HilSession,
): Promise<MonthCheck[]> {
  const [first, last] = [nights[0]!, nights.at(-1)!];
  const checks: MonthCheck[] = [];
  for (const [candidate, night] of [
    [shift.sdk, first] as const,
    ...sdks.map((sdk) => [sdk, last] as const),
  ]) {
    const name = `${candidate}-night-${night.night}`;
    const typed = await session.run(
      'accept',
      '--baseline-run',
      first.run,
      '--baseline',
      baseline,
      '--candidate-run',
      night.run,
      '--candidate',
      candidate,
      '--output',
      `acceptance/${name}`,
    );
    checks.push({ name, candidate, night, typed });
  }
  return checks;
}
