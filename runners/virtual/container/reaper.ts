import type { ContainerRuntimeClient } from 'testcontainers';

/**
 * Whether the engine holds the image of testcontainers' reaper, which removes containers as soon as the process that
 * started them is gone. It is not fetched for our sake: without it, the next board that starts removes leftovers.
 */
export async function reaperIsHere({ container }: ContainerRuntimeClient): Promise<boolean> {
  if (process.env['TESTCONTAINERS_RYUK_DISABLED'] === 'true') return false;
  const { REAPER_IMAGE } = await import('testcontainers/build/reaper/reaper.js');
  const found = await container.dockerode.listImages({ filters: { reference: [REAPER_IMAGE] } });
  return found.length > 0;
}
