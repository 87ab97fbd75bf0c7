import { harnessVersion } from '../harness-version.ts';
import { canonicalJsonSha256, tensorSha256 } from '../tensor/content-hash.ts';
import type { NamedTensors } from '../tensor/tensor.ts';
import type { Golden, GoldenFacts, GoldenName } from './golden.ts';
import { FileUnreadableError } from './file-hash.ts';
import { GoldenDamagedError } from './golden-files.ts';
import { createGoldenStore, GoldenNotWrittenError } from './golden-store.ts';
import { defaultSealBound } from './seal.ts';

/** Goldens that were computed because none is stored. May be deleted at any time. */
export interface GoldenCache {
  /** @returns undefined if there is none that can be used. */
  read(key: string): Promise<Golden | undefined>;
  /** Keeps a golden if it can: a cache that cannot be written costs time, not the case. */
  write(key: string, golden: Golden): Promise<void>;
}

/**
 * A golden's key: a hash of everything that decides its values. Beside the declared facts that is the tensors
 * themselves and the harness, whose preprocessing and importers may change while the declaration stays.
 */
export function cacheKey(
  { model, input, preprocess, engine }: GoldenFacts,
  feeds: NamedTensors,
  bound: number = defaultSealBound,
): string {
  return canonicalJsonSha256({
    harness: harnessVersion,
    bound,
    model,
    input,
    preprocess,
    engine,
    feeds: Array.from(feeds, ([name, feed]) => [name, tensorSha256(feed)]),
  });
}

/**
 * A cache in a folder that several processes may use at once: files appear whole, and a pair of files that do not fit
 * together, because two writers came between each other, counts as absent and is written again.
 *
 * @param root - Absolute.
 */
export function createGoldenCache(root: string): GoldenCache {
  const store = createGoldenStore(root);
  const nameOf = (key: string): GoldenName => ({ folder: key.slice(0, 2), input: key });
  return {
    async read(key) {
      try {
        const golden = await store.read(nameOf(key));
        return golden && { ...golden, source: 'computed' };
      } catch (error) {
        if (error instanceof GoldenDamagedError || error instanceof FileUnreadableError) return undefined;
        throw error;
      }
    },
    async write(key, golden) {
      try {
        await store.write(nameOf(key), golden);
      } catch (error) {
        if (!(error instanceof GoldenNotWrittenError)) throw error;
      }
    },
  };
}
