import { distance } from 'fastest-levenshtein';

/** The known key that a person most likely meant, or undefined if none is near. */
export function nearestKey(found: string, known: readonly string[]): string | undefined {
  const plain = normalise(found);
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(found.length / 2)) + 1;
  for (const key of known) {
    const steps = distance(plain, normalise(key));
    if (steps < bestDistance) {
      best = key;
      bestDistance = steps;
    }
  }
  return best;
}

/** Spelling habits that are no mistakes of substance: case, dashes, underscores, American spelling. */
const normalise = (key: string) =>
  key
    .toLowerCase()
    .replaceAll(/[-_\s]/g, '')
    .replaceAll('color', 'colour')
    .replaceAll('center', 'centre')
    .replaceAll('gray', 'grey');
