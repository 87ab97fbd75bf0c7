const unitMs = { ms: 1, s: 1000, m: 60_000 } as const;

/** What a spec or a config writes as `500ms`, `30s` or `2m`; NaN for anything else. */
export function durationMs(text: string): number {
  const [, amount = 'NaN', unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}
