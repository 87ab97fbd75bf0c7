import type { HilError } from '../hil-error.ts';
import {
  ModelRejectedError,
  ModelRunError,
  type NodeReference,
  OpsetTooNewError,
  UnsupportedElementTypeError,
  UnsupportedOperatorError,
} from './model-error.ts';
import type { OnnxModel, OnnxNode } from './onnx/model.ts';

// ONNX Runtime reports everything as an Error with a text and no code. These are the texts of 1.30 that deserve an
// answer of their own; a text that is none of them is passed on as it is.
const unregistered =
  /In Node, \("(?<name>[^"]*)", (?<op>[^,]+), "(?<domain>[^"]*)", -?\d+\).*(?:No Op registered for|No opset import for domain)/s;
const unregisteredCustom =
  /Fatal error: (?<domain>[^:\s]*):(?<op>[^(\s]+)\(-?\d+\) is not a registered function/;
const unimplemented =
  /Could not find an implementation for (?<op>[^(\s]+)\(\d+\) node with name '(?<name>[^']*)'/;
const newOpset = /Opset (?<found>\d+) is under development.*till opset (?<newest>\d+)/s;
const newIr = /Unsupported model IR version: (?<found>\d+), max supported IR version: (?<newest>\d+)/;
const elementType = /Unsupported data type: (?<type>\d+)/;

/** Says in our own terms why ONNX Runtime did not load a model; its error is kept as the cause. */
export function explainLoadFailure(thrown: unknown, model: OnnxModel, origin: string): HilError {
  const text = textOf(thrown);
  const operator = (unregistered.exec(text) ?? unregisteredCustom.exec(text) ?? unimplemented.exec(text))
    ?.groups;
  if (operator) return new UnsupportedOperatorError(origin, findNode(model, operator), thrown);

  const opset = newOpset.exec(text)?.groups;
  if (opset) {
    return new OpsetTooNewError(origin, 'opset', Number(opset['found']), Number(opset['newest']), thrown);
  }
  const ir = newIr.exec(text)?.groups;
  if (ir) {
    return new OpsetTooNewError(origin, 'IR version', Number(ir['found']), Number(ir['newest']), thrown);
  }
  const type = elementType.exec(text)?.groups?.['type'];
  if (type !== undefined) {
    return new UnsupportedElementTypeError(origin, 'an input or output', `ONNX element type ${type}`, thrown);
  }
  return new ModelRejectedError(origin, essence(text), thrown);
}

const runningNode = /while running (?<op>\S+) node\. Name:'(?<name>[^']*)' Status Message: (?<status>.*)/s;

/** Says in our own terms why an execution failed; ONNX Runtime's error is kept as the cause. */
export function explainRunFailure(thrown: unknown, origin: string): ModelRunError {
  const text = textOf(thrown);
  const node = runningNode.exec(text)?.groups;
  const reason = node
    ? `at node ${node['name']} (${node['op']}): ${essence(node['status'] ?? '')}`
    : essence(text);
  return new ModelRunError(origin, reason, thrown);
}

const textOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown));

/** The text without the C++ source position and signature in front of it, on one line. */
const essence = (text: string) =>
  text
    .replace(/^\/?\S+\.(?:cc|h|cpp):\d+ .*?\)(?: const)? /s, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The node that the engine's text means; the text names it by name and operator, the rest is in the model. */
function findNode(model: OnnxModel, found: Record<string, string | undefined>): NodeReference {
  const { op: opType = '', name, domain } = found;
  const matches = (node: OnnxNode) =>
    node.opType === opType &&
    (name === undefined || node.name === name) &&
    (domain === undefined || node.domain === domain);
  const node = model.graph.node.find((candidate) => matches(candidate));
  const nodeDomain = node?.domain ?? domain ?? '';
  const opset = model.opsetImport.find((set) => sameDomain(set.domain, nodeDomain));
  return {
    opType,
    domain: nodeDomain,
    name: node?.name ?? name ?? '',
    opset: opset === undefined ? undefined : Number(opset.version),
  };
}

const sameDomain = (a: string, b: string) => (a || 'ai.onnx') === (b || 'ai.onnx');
