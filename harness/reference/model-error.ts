import { HilError } from '../hil-error.ts';

/** A model the reference engine cannot load, or a run of it that failed. The engine's own words are the cause. */
abstract class ModelError extends HilError {
  readonly owner = 'spec';
}

/** A node of the model, as people find it in a viewer. */
export interface NodeReference {
  readonly opType: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** Name of the node; empty where the exporter gave none. */
  readonly name: string;
  /** Operator set that the model declares for the domain; undefined if it declares none. */
  readonly opset: number | undefined;
}

const formatDomain = (domain: string) => (domain === '' ? 'ai.onnx' : domain);

/** The engine has no implementation of an operator. */
export class UnsupportedOperatorError extends ModelError {
  readonly code = 'HIL_MODEL_OPERATOR';

  constructor(origin: string, { opType, domain, name, opset }: NodeReference, cause: unknown) {
    const version = opset === undefined ? 'no operator set declared' : `opset ${opset}`;
    const node = name === '' ? 'a node without a name' : `node ${name}`;
    super(
      `${origin}: the reference engine has no operator ${opType} of domain ${formatDomain(domain)} (${version}), used by ${node}`,
      {
        hint:
          domain === '' || domain === 'ai.onnx'
            ? 'Check the operator’s name, or export the network again with an opset that has it.'
            : 'Custom operators cannot be computed: export the network again from standard ONNX operators.',
        cause,
      },
    );
  }
}

/** The model asks for a newer ONNX than the engine knows. */
export class OpsetTooNewError extends ModelError {
  readonly code = 'HIL_MODEL_OPSET';

  /** @param what - e.g. `opset` or `IR version`. */
  constructor(origin: string, what: string, found: number, newest: number, cause: unknown) {
    super(`${origin} needs ${what} ${found}; the reference engine knows ${newest} and older`, {
      hint: `Export the network again with ${what} ${newest} or lower.`,
      cause,
    });
  }
}

/** Weights are kept in files beside the model. */
export class ExternalDataError extends ModelError {
  readonly code = 'HIL_MODEL_EXTERNAL_DATA';

  constructor(origin: string, tensorName: string, location: string | undefined) {
    super(
      `${origin} keeps tensor ${tensorName} in another file${location === undefined ? '' : `, ${location}`} (external data); a golden must be made from one file that its hash covers`,
      { hint: `Save it as one file, in Python: onnx.save(onnx.load("${origin}"), "one-file.onnx")` },
    );
  }
}

/** The model declares no outputs: there is nothing to compare. */
export class NoOutputsError extends ModelError {
  readonly code = 'HIL_MODEL_NO_OUTPUTS';

  constructor(origin: string) {
    super(`${origin} declares no outputs`, { hint: 'Export the network again and name its outputs.' });
  }
}

/** An input or output holds something that this harness has no tensor for. */
export class UnsupportedElementTypeError extends ModelError {
  readonly code = 'HIL_MODEL_ELEMENT_TYPE';

  /** @param what - e.g. `input tokens`. */
  constructor(origin: string, what: string, type: string, cause?: unknown) {
    super(`${origin}: ${what} is of type ${type}, which cannot be compared`, {
      hint: 'Export the network with tensors of floats, integers or booleans at its inputs and outputs.',
      cause,
    });
  }
}

/** Any other reason why the engine refuses the model. */
export class ModelRejectedError extends ModelError {
  readonly code = 'HIL_MODEL_REJECTED';

  constructor(origin: string, reason: string, cause: unknown) {
    super(`${origin} is refused by the reference engine: ${reason}`, {
      hint: 'Check the model, in Python: onnx.checker.check_model(onnx.load(path), full_check=True)',
      cause,
    });
  }
}

/** The engine loaded the model, but an execution failed. */
export class ModelRunError extends ModelError {
  readonly code = 'HIL_MODEL_RUN';

  constructor(origin: string, reason: string, cause: unknown) {
    super(`${origin} fails in the reference engine: ${reason}`, {
      hint: 'Check that the input has the size the network was exported for, and run the network in its own framework.',
      cause,
    });
  }
}
