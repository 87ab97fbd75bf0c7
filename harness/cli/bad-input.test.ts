import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import type { EmbeddedFaults } from '../../runners/virtual/embedded/embedded-faults.ts';
import { FakeNpu } from '../../runners/virtual/embedded/fake-npu.ts';
import { VirtualRunner } from '../../runners/virtual/virtual-runner.ts';
import type { Board } from '../board/board.ts';
import { packageFolder } from '../harness-version.ts';
import { makeModel, makeNode, makeValueInfo, writeOnnx } from '../reference/onnx/model.ts';
import type { TemporaryProject } from '../spec/temporary-project.ts';
import { tinyProject, tinySpec } from './e2e/tiny-project.ts';
import { cli, fakeIo } from './fake-io.ts';
import { printError } from './print-error.ts';

// One test for each kind of bad input, on what a person then reads: what is wrong, and the next step. `hil lint` shows them
// without a board; a board that misbehaves, and a wrong answer, are at the end. The parts test their errors in depth:
//
//   files and pictures   harness/input/{read-input-file,decode-picture,preprocess,prepare-input}.test.ts
//   networks             harness/reference/{model-error,check-feeds}.test.ts, harness/reference/onnx/model.test.ts
//   expected softmax     harness/golden/expected-softmax.test.ts
//   specs and paths      harness/spec/{load-spec-file,find-spec-files,parse-document}.test.ts
//   outputs              harness/compare/compare.test.ts, harness/pipeline/judge-case.test.ts
//   device runners       runners/protocol/*.test.ts, runners/virtual/virtual-runner.test.ts

const vector = (name: string): Buffer =>
  readFileSync(join(packageFolder, 'harness/input/vectors/pictures', name));

const pictureSpec = (file: string, changes: object = {}) => ({
  net: tinySpec('net', {
    inputs: [file],
    preprocess: { resize: { width: 8, height: 8 }, channelOrder: 'bgr', layout: 'NCHW' },
    boardInput: { channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' },
    ...changes,
  }),
});

/** A PNG whose header says 20,000 x 20,000. */
function hugePicture(): Buffer {
  const bytes = Buffer.from(vector('rgb.png'));
  bytes.writeUInt32BE(20_000, 16);
  bytes.writeUInt32BE(20_000, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

const unknownOperator = writeOnnx(
  makeModel(
    {
      name: 'odd',
      nodes: [makeNode('Frobnicate', ['x'], ['prob'])],
      initializers: [],
      inputs: [makeValueInfo('x', 'float32', [1, 2])],
      outputs: [makeValueInfo('prob', 'float32', [1, 2])],
    },
    { '': 13 },
  ),
);

/** A network for pictures of 3 x 4 x 4. */
const pictureNetwork = writeOnnx(
  makeModel(
    {
      name: 'pictures',
      nodes: [makeNode('Flatten', ['x'], ['prob'])],
      initializers: [],
      inputs: [makeValueInfo('x', 'float32', [1, 3, 4, 4])],
      outputs: [makeValueInfo('prob', 'float32', [1, 48])],
    },
    { '': 13 },
  ),
);

const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat('bcdefg'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdef'[i]},`.repeat(9)}]`))
  .join('\n');

const correctTheFile =
  'Correct the file; docs/spec-reference.md lists every key, and `npx hil schema` gives editors its schema.';

interface BadInput {
  /** What is wrong, in the words of a person. */
  readonly what: string;
  readonly specs?: Record<string, object>;
  readonly files?: Record<string, string | Uint8Array>;
  readonly spoil?: (place: TemporaryProject) => void;
  readonly args?: readonly string[];
  /** The message, or a matcher of the whole line. */
  readonly error: unknown;
  readonly next: string;
  readonly code: string;
}

const table: readonly BadInput[] = [
  {
    what: 'a missing picture',
    specs: pictureSpec('none.png'),
    error: 'specs/net.hil.json: inputs[0] names none.png, which does not exist',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'a folder instead of a picture',
    specs: pictureSpec('folder'),
    spoil: (place) => mkdirSync(place.path('specs/folder')),
    error: 'specs/net.hil.json: inputs[0] names folder, which is not a file',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'a missing network',
    specs: { net: tinySpec('net') },
    spoil: (place) => rmSync(place.path('specs/tiny.onnx')),
    error: 'specs/net.hil.json: model.reference names tiny.onnx, which does not exist',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'an empty file',
    specs: pictureSpec('empty.png'),
    files: { 'specs/empty.png': '' },
    error: 'specs/empty.png is empty (0 bytes); expected a picture or a tensor',
    next: 'Fetch the file again; with Git LFS: git lfs pull.',
    code: 'HIL_INPUT_FILE',
  },
  {
    what: 'what is no picture',
    specs: pictureSpec('notes.png'),
    files: { 'specs/notes.png': 'just text' },
    error: 'specs/notes.png is not a picture; supported are JPEG, PNG and BMP',
    next: 'Name a picture under `inputs`; tensors are told by .npy, .npz and .bin.',
    code: 'HIL_PICTURE_FORMAT',
  },
  {
    what: 'a truncated JPEG',
    specs: pictureSpec('cut.jpg'),
    files: { 'specs/cut.jpg': vector('jpeg-420.jpg').subarray(0, 800) },
    error: expect.stringMatching(/^error: specs\/cut\.jpg is a (truncated|damaged) JPEG/),
    next: 'Fetch the file again, or open it in a viewer and save it anew.',
    code: 'HIL_PICTURE_DAMAGED',
  },
  {
    what: 'a grey picture',
    specs: pictureSpec('grey.jpg'),
    files: { 'specs/grey.jpg': vector('jpeg-grey.jpg') },
    error:
      'specs/grey.jpg is a grey picture; expected colour, since preprocess.channelOrder is bgr and preprocess.grey is refuse',
    next: 'Set preprocess.grey: expand to repeat it in three channels as cv2.imread does, or channelOrder: grey if the network has one input channel.',
    code: 'HIL_PICTURE_CHANNELS',
  },
  {
    what: 'a picture with alpha',
    specs: pictureSpec('alpha.png'),
    files: { 'specs/alpha.png': vector('rgba.png') },
    error:
      'specs/alpha.png has an alpha channel; expected a picture without one, since preprocess.alpha is refuse',
    next: 'Set preprocess.alpha: drop to leave it out as cv2.imread does, or save the picture without transparency.',
    code: 'HIL_PICTURE_CHANNELS',
  },
  {
    what: 'a picture of 20,000 x 20,000',
    specs: pictureSpec('huge.png'),
    files: { 'specs/huge.png': hugePicture() },
    error: 'specs/huge.png is 20000 x 20000 = 400.0 million pixels; the limit is 67.1 million',
    next: 'Scale the picture down, or cut out the part that the network needs.',
    code: 'HIL_PICTURE_TOO_LARGE',
  },
  {
    what: 'an operator that nobody knows',
    specs: { net: tinySpec('net') },
    files: { 'specs/tiny.onnx': unknownOperator },
    error:
      'specs/tiny.onnx: the reference engine has no operator Frobnicate of domain ai.onnx (opset 13), used by node prob',
    next: 'Check the operator’s name, or export the network again with an opset that has it.',
    code: 'HIL_MODEL_OPERATOR',
  },
  {
    what: 'a corrupt ONNX file',
    specs: { net: tinySpec('net') },
    files: { 'specs/tiny.onnx': Buffer.of(8, 7, 0x12, 0xff, 0xff, 0xff) },
    error: 'specs/tiny.onnx is not a readable ONNX model: the protobuf encoding is damaged',
    next: 'Export the network again, or check that the whole file was copied.',
    code: 'HIL_MODEL_ONNX_FORMAT',
  },
  {
    what: 'a picture of another shape than the network’s input',
    specs: pictureSpec('rgb.png'),
    files: { 'specs/rgb.png': vector('rgb.png'), 'specs/tiny.onnx': pictureNetwork },
    error:
      'specs/rgb.png gives the reference float32 1x3x8x8; the reference model takes float32 1x3x4x4 at input x',
    next: 'For a picture set preprocess.resize: {width: 4, height: 4} and a channelOrder with as many channels; a tensor must have that shape itself.',
    code: 'HIL_INPUT_MISMATCH',
  },
  {
    what: 'a softmax of another number of classes',
    specs: { net: tinySpec('net', { inputs: ['up.npy'], expect: { softmax: [0.7, 0.2, 0.1] } }) },
    error: 'specs/net.hil.json: expect.softmax of up has 3 classes, output prob (1x2) has 2',
    next: 'One of the two may count a background class: give the probabilities of the network’s own classes.',
    code: 'HIL_EXPECT_SOFTMAX',
  },
  {
    what: 'a softmax that does not sum to 1',
    specs: { net: tinySpec('net', { inputs: ['up.npy'], expect: { softmax: [0.7, 0.2] } }) },
    error: 'specs/net.hil.json: expect.softmax for up sums to 0.9, but a softmax sums to 1 (within 0.001)',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'a negative tolerance',
    specs: { net: tinySpec('net', { tolerance: { atol: -0.01 } }) },
    error: 'specs/net.hil.json: tolerance.atol is -0.01, but must be at least 0',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'no tolerance',
    specs: { net: tinySpec('net', { tolerance: undefined }) },
    error:
      'specs/net.hil.json: tolerance is missing: without a limit nothing can fail; start with `tolerance: fp16`',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'two cases of one name',
    specs: { net: tinySpec('net'), other: tinySpec('net', { inputs: 'up.npy' }) },
    error:
      'specs/other.hil.json: name is "net", which gives a second case named "net › up"; the first is in specs/net.hil.json',
    next: 'Give each spec a name of its own.',
    code: 'HIL_PLAN',
  },
  {
    what: 'an empty glob',
    specs: { net: tinySpec('net', { inputs: 'pictures/*.png' }) },
    error: 'specs/net.hil.json: inputs is the glob pictures/*.png, which matches no file in specs',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'YAML with tabs',
    files: { 'specs/net.hil.yaml': 'name: net\nmodel:\n\treference: tiny.onnx\n' },
    error: 'specs/net.hil.yaml:3: is indented with a tab, but YAML allows only spaces there',
    next: 'Replace the tabs by spaces.',
    code: 'HIL_PLAN',
  },
  {
    what: 'anchors that explode',
    files: { 'specs/net.hil.yaml': bomb },
    error: 'specs/net.hil.yaml: expands its anchors more than 100 times',
    next: 'Write the values out, or share them in hil.defaults.yaml.',
    code: 'HIL_PLAN',
  },
  {
    what: 'a symbolic link to itself',
    specs: { net: tinySpec('net', { inputs: 'loop.npy' }) },
    spoil: (place) => symlinkSync('loop.npy', place.path('specs/loop.npy')),
    error: 'specs/net.hil.json: inputs names loop.npy, which is a symbolic link that leads back to itself',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'a path that leads out of the project',
    specs: { net: tinySpec('net', { inputs: '../../elsewhere/x.npy' }) },
    error:
      'specs/net.hil.json: inputs is ../../elsewhere/x.npy, which lies outside the project; list its folder under `outside` in hil.config.yaml if that is meant',
    next: correctTheFile,
    code: 'HIL_PLAN',
  },
  {
    what: 'a spec outside of the project',
    specs: { net: tinySpec('net') },
    args: ['/'],
    error: '/ lies outside the project <root>',
    next: 'Start hil in the project that the spec belongs to.',
    code: 'HIL_NO_SPECS',
  },
];

test.for(table)('$what', async ({ specs = {}, files = {}, spoil, args = [], ...expected }) => {
  using place = tinyProject(specs, files);
  spoil?.(place);

  const { code, stdout, stderr } = await cli(place.root, 'lint', ...args);

  expect(printedLines(stderr.replaceAll(place.root, '<root>'))).toEqual(linesOf(expected));
  expect(stdout).toBe('');
  expect(code).toBe(2);
});

/** The lines of a printed error without what libraries say about it. */
const printedLines = (text: string) => text.split('\n').filter((line) => !/^( {2}because:| {11})/.test(line));

const linesOf = ({ error, next, code }: Pick<BadInput, 'error' | 'next' | 'code'>) => [
  typeof error === 'string' ? `error: ${error}` : error,
  `  next: ${next}`,
  `  code: ${code}`,
  '',
];

const board: Board = {
  name: 'virtual',
  runner: 'virtual',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.7.5'],
  simulated: true,
};

test.for<Pick<BadInput, 'error' | 'next' | 'code'> & { speech: NonNullable<EmbeddedFaults['speech']> }>([
  {
    speech: 'garbage',
    error: 'expected a frame of the device runner, found: "Welcome to Buildroot\\nLast login: never\\n"',
    next: 'Something else prints on the standard output of the runner’s command: look for a login script that prints, or a missing runner.',
    code: 'HIL_PROTOCOL_GARBAGE',
  },
  {
    speech: 'half-frame',
    error: expect.stringMatching(
      /^error: the device runner’s output ended in the middle of a frame, after \d+ bytes of it$/,
    ),
    next: 'The runner ended or the connection broke: read the log of the board, then run again.',
    code: 'HIL_PROTOCOL_CUT',
  },
  {
    speech: 'wrong-version',
    error: 'the device runner speaks versions 7 to 9 of the session protocol, the harness version 1',
    next: 'Install the device runner that belongs to this harness on the board.',
    code: 'HIL_PROTOCOL_VERSION',
  },
  {
    speech: 'silence',
    error: 'the device runner did not answer hello within 200 ms',
    next: 'The board is overloaded or the vendor library hangs while it is opened: look for other users of the NPU, then reboot the board.',
    code: 'HIL_RUNNER_SILENT',
  },
])('a device runner that answers with $speech', async ({ speech, ...expected }) => {
  await using runner = new VirtualRunner({
    npuFor: () => new FakeNpu(),
    faultsOf: () => ({ speech }),
    limits: { helloTimeoutMs: 200 },
  });

  const thrown: unknown = await runner.open(board, '1.7.5', {}).catch((cause: unknown) => cause);
  const { io, written } = fakeIo('/');
  const exitCode = printError(thrown, io);

  expect(printedLines(written.stderr)).toEqual(linesOf(expected));
  expect(exitCode).toBe(3);
});
