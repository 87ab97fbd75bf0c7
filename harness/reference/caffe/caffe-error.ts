import { HilError } from '../../hil-error.ts';

/** A prototxt or caffemodel is damaged, or is something else than its name says. */
export class CaffeFormatError extends HilError {
  readonly code = 'HIL_MODEL_CAFFE_FORMAT';
  readonly owner = 'spec';

  /** @param place - The file, with the line where there is one: `deploy.prototxt:12`. */
  constructor(place: string, problem: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`${place}: ${problem}`, {
      hint: options.hint ?? 'Check that the whole file was copied, and that it is the deploy network.',
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
  }
}

/** Where a layer stands, for messages. */
export interface LayerPlace {
  readonly name: string;
  readonly type: string;
  readonly line: number;
}

/** A layer that cannot be computed here, or that Caffe itself would refuse. */
export class CaffeLayerError extends HilError {
  readonly code = 'HIL_MODEL_CAFFE_LAYER';
  readonly owner = 'spec';

  constructor(origin: string, { name, type, line }: LayerPlace, problem: string, hint?: string) {
    super(`${origin}:${line}: layer ${name} of type ${type} ${problem}`, {
      hint: hint ?? 'Correct the layer; docs/caffe.md lists the layers and settings that are computed.',
    });
  }
}

/** The caffemodel does not hold what the network asks for. */
export class CaffeWeightsError extends HilError {
  readonly code = 'HIL_MODEL_CAFFE_WEIGHTS';
  readonly owner = 'spec';

  constructor(origin: string, { name, type, line }: LayerPlace, caffemodel: string, problem: string) {
    super(`${origin}:${line}: layer ${name} of type ${type} ${problem} in ${caffemodel}`, {
      hint: 'Check that the prototxt and the caffemodel belong together.',
    });
  }
}
