/** Something in a spec that does not fit the model file it names. */
export interface Finding {
  /** `error`: no board of the target's kind can run it; `warning`: it runs, and is likely to give wrong numbers. */
  readonly level: 'error' | 'warning';
  /** Subject, stable: scripts match on this. */
  readonly rule: string;
  /** The setting in the spec, e.g. `boardInput.channelOrder`. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
  /** The next thing to do. */
  readonly fix: string;
}

export const warning = (
  rule: string,
  field: string,
  found: string,
  expected: string,
  fix: string,
): Finding => ({
  level: 'warning',
  rule,
  field,
  found,
  expected,
  fix,
});
