import { median } from '../../harness/median.ts';

/** A time span for people: `7.4 ms`, `340 ms`, `8.2 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 10) return `${Number(ms.toFixed(ms < 1 ? 2 : 1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = String(seconds % 60).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${rest} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}

/** Median of the runs' NPU times in milliseconds; undefined where nothing ran. */
export function medianNpuMs(npuTimeUs: readonly number[]): number | undefined {
  const us = median(npuTimeUs);
  return us === undefined ? undefined : us / 1000;
}
