import type { WrongSetting } from './explanation.ts';
import type { InputSettings } from './input-settings.ts';
import type { FilePreprocessing } from './read-by-runtime.ts';

/** A change of a setting that may be wrong. */
export interface Correction extends WrongSetting {
  /** @returns The changed settings; the same ones where there is nothing to change. */
  readonly apply: (settings: InputSettings) => InputSettings;
}

/** Adds a candidate. */
export type Change = (wrong: WrongSetting, apply: Correction['apply']) => void;
export type SetBoard = (changes: Partial<InputSettings['board']>) => Correction['apply'];
export type SetFile = (changes: Partial<FilePreprocessing>) => Correction['apply'];
