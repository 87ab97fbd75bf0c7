import { spawn } from 'node:child_process';
import { ownerLabel } from './leftover-containers.ts';
import { thisOwner } from './container-owner.ts';

let containers = 0;

/**
 * Sees to it that containers of this process are removed when it exits without having disposed its boards, as a worker
 * does whose main process is gone. Nothing can be awaited then, so the engine's command line does it. To be called before
 * a container is made.
 *
 * @returns To be called when the container is removed.
 */
export function removeAtExit(): () => void {
  if (containers++ === 0) process.once('exit', removeOwn);
  let removed = false;
  return () => {
    if (removed) return;
    removed = true;
    if (--containers === 0) process.off('exit', removeOwn);
  };
}

function removeOwn(): void {
  const script = 'docker ps --all --quiet --filter "label=$1" | xargs docker rm --force --volumes';
  const label = `${ownerLabel}=${JSON.stringify(thisOwner())}`;
  spawn('sh', ['-c', script, 'sh', label], { detached: true, stdio: 'ignore' })
    .on('error', () => undefined)
    .unref();
}
