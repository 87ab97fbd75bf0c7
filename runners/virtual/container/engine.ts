import type * as testcontainersModule from 'testcontainers';
import type { ContainerRuntimeClient } from 'testcontainers';
import { ContainerEngineError } from './container-error.ts';

/** The parts of testcontainers that boards use; loaded when the first board starts, since it is large. */
type Testcontainers = typeof testcontainersModule;

export interface Engine {
  readonly testcontainers: Testcontainers;
  readonly client: ContainerRuntimeClient;
}

/**
 * The container engine of this machine, wherever testcontainers finds it.
 *
 * @throws {ContainerEngineError} If none answers.
 */
export async function findEngine(): Promise<Engine> {
  const testcontainers = await import('testcontainers');
  try {
    return { testcontainers, client: await testcontainers.getContainerRuntimeClient() };
  } catch (error) {
    throw new ContainerEngineError(error instanceof Error ? error.message : String(error), error);
  }
}
