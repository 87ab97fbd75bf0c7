import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../../../harness/harness-version.ts';
import { BoardImageError } from './container-error.ts';

/** Systems that a virtual board in a container can have; `debian` is of the host's own architecture. */
export const boardImages = ['buildroot', 'debian-arm64', 'debian'] as const;
export type BoardImage = (typeof boardImages)[number];

/** Where the recipes of the images and the scripts around them are. */
export const containerFolder = join(packageFolder, 'runners/virtual/container');

const builds = new Map<BoardImage, Promise<string>>();

/**
 * Makes the image of a virtual board if the engine does not hold it yet, which takes up to a minute the first time.
 *
 * @returns Its name, with a hash of its recipe as tag.
 * @throws {BoardImageError}
 */
export function ensureBoardImage(image: BoardImage): Promise<string> {
  let build = builds.get(image);
  if (build === undefined) {
    build = runBuild(image);
    builds.set(image, build);
    build.catch(() => builds.delete(image));
  }
  return build;
}

function runBuild(image: BoardImage): Promise<string> {
  return new Promise((resolve, reject) => {
    const script = join(containerFolder, 'build-images.sh');
    execFile('sh', [script, image], (error, stdout, stderr) => {
      if (error) reject(new BoardImageError(image, stderr.trim() || error.message, error));
      else resolve(stdout.trim());
    });
  });
}
