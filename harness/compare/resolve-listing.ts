import type { Listing } from '../board/board-command.ts';
import { allocate } from '../tensor/dtype.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import type { ListedOutput } from './listed-output.ts';

/**
 * Holds a list against the shape of its golden: a complete one becomes the whole output, any other stays a list. A list that
 * claims to be complete and has another number of values stays as it is, so that the comparison finds its shape wrong.
 *
 * @param values - The list, one after the other.
 * @param shape - Of the golden.
 */
export function resolveListing(
  values: Tensor<'float32'>,
  listing: Listing,
  shape: readonly number[],
): { readonly tensor: Tensor; readonly listed?: ListedOutput | undefined } {
  const isWhole = values.data.length === elementCount(shape);
  if (listing.kind === 'all') return { tensor: isWhole ? tensor('float32', shape, values.data) : values };
  const { places, restAtMost } = listing;
  if (!isWhole || places.some((place) => place >= values.data.length)) {
    return { tensor: values, listed: { places, restAtMost } };
  }
  const whole = allocate('float32', places.length);
  for (const [position, place] of places.entries()) whole[place] = values.data[position]!;
  return { tensor: tensor('float32', shape, whole) };
}
