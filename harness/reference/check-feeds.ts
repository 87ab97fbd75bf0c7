import { HilError } from '../hil-error.ts';
import type { DType } from '../tensor/dtype.ts';
import { formatShape, type NamedTensors } from '../tensor/tensor.ts';
import type { TensorDeclaration } from './engine.ts';

/** What is fed to a model is not what it declares. */
abstract class FeedError extends HilError {
  readonly owner = 'spec';
}

const list = (names: Iterable<string>) => [...names].join(', ') || 'none';

/** An input of the model gets nothing. */
export class MissingFeedError extends FeedError {
  readonly code = 'HIL_FEED_MISSING';

  constructor(origin: string, name: string, feeds: NamedTensors) {
    super(`${origin}: input ${name} is not fed; fed are: ${list(feeds.keys())}`, {
      hint: `Give a tensor for every input; in an .npz file the array is named ${name}.`,
    });
  }
}

/** A tensor is fed that the model does not ask for. */
export class UnknownFeedError extends FeedError {
  readonly code = 'HIL_FEED_UNKNOWN';

  constructor(origin: string, name: string, inputs: readonly TensorDeclaration[]) {
    super(
      `${origin} has no input ${name}; its inputs are: ${list(inputs.map((input) => describeDeclaration(input)))}`,
      { hint: `Leave ${name} out, or rename it to the input it is meant for.` },
    );
  }
}

/** A tensor's element type is not the input's. */
export class FeedDTypeError extends FeedError {
  readonly code = 'HIL_FEED_DTYPE';

  constructor(origin: string, name: string, expected: DType, found: DType) {
    super(`${origin}: input ${name} takes ${expected}, but ${found} is fed`, {
      hint: `Save the tensor as ${expected}; values are never converted silently.`,
    });
  }
}

/** A tensor's shape is not the input's. */
export class FeedShapeError extends FeedError {
  readonly code = 'HIL_FEED_SHAPE';

  constructor(origin: string, { name, shape }: TensorDeclaration, found: readonly number[]) {
    super(
      `${origin}: input ${name} takes ${formatDeclaredShape(shape)}, but a tensor of ${formatShape(found)} is fed`,
      {
        hint: 'Check the size and the layout (NCHW or NHWC) of the preprocessing or of the tensor file.',
      },
    );
  }
}

/** A declared shape as it is shown to people; free dimensions by their symbol, or `?`. */
export function formatDeclaredShape(shape: TensorDeclaration['shape']): string {
  return shape.length === 0 ? 'scalar' : shape.map((extent) => extent ?? '?').join('x');
}

const describeDeclaration = ({ name, dtype, shape }: TensorDeclaration) =>
  `${name} (${dtype} ${formatDeclaredShape(shape)})`;

/**
 * Holds feeds against the inputs a model declares.
 *
 * @param openRank - Names of inputs whose number of dimensions the model leaves open: they take every shape.
 * @throws {HilError} Owner `spec`: the first feed that is missing, unknown, of another type or of another shape.
 */
export function checkFeeds(
  origin: string,
  inputs: readonly TensorDeclaration[],
  openRank: ReadonlySet<string>,
  feeds: NamedTensors,
): void {
  for (const { name } of inputs) {
    if (!feeds.has(name)) throw new MissingFeedError(origin, name, feeds);
  }
  const declarations = new Map(inputs.map((input) => [input.name, input]));
  for (const [name, { dtype, shape }] of feeds) {
    const declaration = declarations.get(name);
    if (declaration === undefined) throw new UnknownFeedError(origin, name, inputs);
    if (dtype !== declaration.dtype) throw new FeedDTypeError(origin, name, declaration.dtype, dtype);
    if (!openRank.has(name) && !fits(shape, declaration.shape)) {
      throw new FeedShapeError(origin, declaration, shape);
    }
  }
}

const fits = (shape: readonly number[], declared: TensorDeclaration['shape']) =>
  shape.length === declared.length &&
  shape.every((extent, axis) => typeof declared[axis] !== 'number' || declared[axis] === extent);
