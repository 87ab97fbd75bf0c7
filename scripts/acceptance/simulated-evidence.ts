import { caseEvidence } from '../../harness/accept/evidence/case-evidence.ts';
import type { CaseEvidence } from '../../harness/accept/evidence/evidence.ts';
import { compareOutputs } from '../../harness/compare/compare.ts';
import { judge } from '../../harness/compare/judge.ts';
import { pictureBuffer } from '../../harness/input/board-buffer.ts';
import type { Pixels } from '../../harness/input/pixels.ts';
import { toReferenceTensor } from '../../harness/input/preprocess.ts';
import type { ReferenceEngine } from '../../harness/reference/engine.ts';
import { boardInputSchema, preprocessSchema } from '../../harness/spec/schema.ts';
import type { CaseRecord } from '../../harness/store/record.ts';
import { dequantise } from '../../harness/tensor/dequantise.ts';
import type { NamedTensors } from '../../harness/tensor/tensor.ts';
import type { Stack } from './conditions.ts';
import { boardFile, type Format, type NetworkName, networks, referenceFile } from './networks.ts';
import { openSimulatedStack } from './simulated-stack.ts';

const fed = boardInputSchema.parse({ channelOrder: 'rgb', dtype: 'uint8', layout: 'NHWC' });

/** The float network's answers. */
export async function goldensOf(
  engine: ReferenceEngine,
  network: NetworkName,
  pictures: readonly Pixels[],
): Promise<NamedTensors[]> {
  const { channelOrder, mean, std } = networks[network];
  const declaration = preprocessSchema.parse({ channelOrder, mean, std, layout: 'NCHW' });
  await using model = await engine.load(referenceFile(network), network, { optimise: true });
  const goldens: NamedTensors[] = [];
  for (const picture of pictures)
    goldens.push(await model.run(new Map([['data', toReferenceTensor(picture, declaration)]])));
  return goldens;
}

/** A simulated stack's answers to the same pictures, each compared with its golden as `hil run` does. */
export async function answersOf(
  engine: ReferenceEngine,
  network: NetworkName,
  format: Format,
  { sdk, deviation }: Stack,
  pictures: readonly Pixels[],
  goldens: readonly NamedTensors[],
): Promise<CaseEvidence[]> {
  await using context = await openSimulatedStack(engine, boardFile(network, format), sdk, deviation);
  const evidence: CaseEvidence[] = [];
  for (const [i, picture] of pictures.entries()) {
    const input = pictureBuffer(picture, fed, context.inputs[0]!, 'drawn');
    const { outputs } = await context.run([input], () => undefined);
    const golden = goldens[i]!;
    const board = new Map(
      outputs.map(({ attribute, tensor }) => [attribute.name, dequantise(tensor, attribute.quantisation)]),
    );
    const comparison = compareOutputs(golden, board, { limits: { preset: format } });
    const record = recordOf(`${network} ${format}`, `${i}`, sdk, format, comparison);
    evidence.push(caseEvidence(record, { outputs, golden }));
  }
  return evidence;
}

function recordOf(
  spec: string,
  input: string,
  sdk: string,
  format: Format,
  comparison: NonNullable<CaseRecord['comparison']>,
): CaseRecord {
  return {
    schema: 1,
    run: 'validation',
    case: { name: `${spec} › ${input}`, spec, input, specFile: '', inputFile: '' },
    ...judge(comparison),
    target: { board: 'simulated', sdk, simulated: true, format },
    comparison,
    hashes: { spec: '' },
    timings: { startedAt: '', totalMs: 0, stagesMs: {}, npuTimeUs: [], uploadedBytes: 0 },
    attempts: [],
    labels: {},
    tags: [],
    links: [],
  };
}
