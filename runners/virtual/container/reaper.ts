import type { ContainerRuntimeClient } from 'testcontainers';

/**
 * Whether the engine holds the image of testcontainers' reaper, which removes containers as soon as the process that
 * started them is gone. It is not fetched for our sake: without it, the next board that starts removes leftovers.
 *
 * @param image - The one that testcontainers would take, if absent.
 */
export async function reaperIsHere({ container }: ContainerRuntimeClient, image?: string): Promise<boolean> {
  if (process.env['TESTCONTAINERS_RYUK_DISABLED'] === 'true') return false;
  const reference = image ?? (await import('testcontainers/build/reaper/reaper.js')).REAPER_IMAGE;
  const found = await container.dockerode.listImages({ filters: { reference: [reference] } });
  return found.length > 0;
}
