import type { ContainerRuntimeClient } from 'testcontainers';
import { type ContainerOwner, isGone } from './container-owner.ts';

/** Holds a {@link ContainerOwner} as JSON. */
export const ownerLabel = 'hil.board.owner';

/** Labels of a board's container, by which it is found again when its owner was killed. */
export const labelsOf = (owner: ContainerOwner, board: string): Record<string, string> => ({
  'hil.board': board,
  [ownerLabel]: JSON.stringify(owner),
});

/** Removes the containers of boards whose owner has ended without removing them, as after `kill -9`. */
export const removeLeftovers = (client: ContainerRuntimeClient): Promise<void> =>
  removeLabelled(client, ownerLabel, (labels) =>
    isGone(JSON.parse(labels[ownerLabel] ?? '{}') as ContainerOwner),
  );

/** Removes containers with a label, given as `name` or `name=value`, whatever their state. */
export async function removeLabelled(
  { container }: ContainerRuntimeClient,
  label: string,
  isWanted: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): Promise<void> {
  const found = await container.dockerode.listContainers({ all: true, filters: { label: [label] } });
  const wanted = found.filter(({ Labels }) => isWanted(Labels));
  // Another process may be removing the same ones.
  await Promise.allSettled(wanted.map(({ Id }) => container.getById(Id).remove({ force: true, v: true })));
}
