import type { DumpedLayer } from '../dump/dumped-layer.ts';
import { alignInOrder } from './align.ts';
import type { CandidateValue } from './candidate-value.ts';
import { possibleOrders, type ElementOrder } from './element-order.ts';
import { OriginalNames } from './original-name.ts';
import { likeness, Sample, type Likeness } from './sample.ts';

/** A dump, and the value that it is taken for. */
export interface LayerMatch {
  /** Indices into the lists that were mapped. */
  readonly dump: number;
  readonly value: number;
  readonly likeness: Likeness;
  readonly order: ElementOrder;
  /** False: the values could not tell the order, so that of most other layers is taken. */
  readonly orderDetected: boolean;
  /** How many values could have been meant by their element count. */
  readonly rivals: number;
  /** Correlation of the best other value; undefined if there is none. */
  readonly nextBest?: number | undefined;
  /** The model file's or the runtime's name for the dump leads to this value. */
  readonly named: boolean;
  /** Out of the order in which the reference file lists its nodes. */
  readonly outOfOrder: boolean;
}

/** How well a dump and a value go together, over all orders that the dump may have. */
interface Pairing {
  readonly likeness: Likeness;
  readonly order: ElementOrder;
  readonly orderDetected: boolean;
  readonly sameExtents: boolean;
}

const leftOutDump = 0.5;
const leftOutLayer = 0.2;
const leftOutInner = 0.02;

/**
 * Says which value of the reference each dump shows: by element count, values, shape, names and order of execution. The
 * order is that of the reference file at first; branches that the driver runs in another order are found by their
 * values.
 *
 * @param nameOf - What the model file calls the node that a dump shows, if that is known.
 * @returns In the dumps' order.
 */
export function mapLayers(
  dumps: readonly DumpedLayer[],
  values: readonly CandidateValue[],
  nameOf: (dump: DumpedLayer) => string | undefined = ({ layerName }) => layerName,
): LayerMatch[] {
  const pairings = pairUp(dumps, values);
  const names = new OriginalNames(values);
  const named = dumps.map((dump, i) => {
    const found = names.find(nameOf(dump) ?? '');
    return found !== undefined && pairings[i]!.has(found) ? found : undefined;
  });
  const scoreOf = (i: number, j: number): number | undefined => {
    const pairing = pairings[i]!.get(j);
    return pairing && scorePair(pairing, dumps[i]!, values[j]!, named[i] === j);
  };
  const partners = alignInOrder(
    {
      left: dumps.map(() => leftOutDump),
      right: values.map(({ expected }) => (expected ? leftOutLayer : leftOutInner)),
    },
    scoreOf,
  );
  const moved = takeStragglers(partners, scoreOf, pairings, named);
  return withCommonOrder(
    partners.flatMap((value, dump) => {
      if (value === undefined) return [];
      const { likeness: alike, order, orderDetected } = pairings[dump]!.get(value)!;
      const others = [...pairings[dump]!].filter(([index]) => index !== value);
      return {
        dump,
        value,
        likeness: alike,
        order,
        orderDetected,
        rivals: others.length,
        ...(others.length === 0
          ? {}
          : { nextBest: Math.max(...others.map(([, pairing]) => pairing.likeness.correlation)) }),
        named: named[dump] === value,
        outOfOrder: moved.has(dump),
      };
    }),
    dumps,
    values,
  );
}

function pairUp(
  dumps: readonly DumpedLayer[],
  values: readonly CandidateValue[],
): ReadonlyMap<number, Pairing>[] {
  const samples = new Map<string, Sample>();
  const sampled = values.map(({ value: { shape, data } }) => {
    const key = shape.join();
    const sample = samples.get(key) ?? new Sample(shape);
    samples.set(key, sample);
    return { sample, key, reference: sample.take(data) };
  });
  return dumps.map((dump) => {
    const ordered = new Map<string, readonly { order: ElementOrder; elements: Float32Array }[]>();
    const pairings = new Map<number, Pairing>();
    values.forEach(({ value: { shape } }, j) => {
      const { sample, key, reference } = sampled[j]!;
      let variants = ordered.get(key);
      if (!variants) {
        variants = possibleOrders(shape, dump).map((order) => ({
          order,
          elements: sample.takeOrdered(dump.values, order),
        }));
        ordered.set(key, variants);
      }
      if (variants.length > 0) pairings.set(j, bestVariant(variants, reference, dump, shape));
    });
    return pairings;
  });
}

function bestVariant(
  variants: readonly { order: ElementOrder; elements: Float32Array }[],
  reference: Float32Array,
  { width, height, depth }: DumpedLayer,
  shape: readonly number[],
): Pairing {
  const found = variants
    .map(({ order, elements }) => ({ order, likeness: likeness(reference, elements) }))
    .toSorted((a, b) => b.likeness.correlation - a.likeness.correlation);
  const [best, second] = found as [(typeof found)[number], (typeof found)[number] | undefined];
  const wrongShare = (1 - best.likeness.correlation) / (1 - (second?.likeness.correlation ?? -1));
  const extents = [depth, height, width].filter((extent) => extent > 1).join();
  const expected = shape
    .slice(1)
    .filter((extent) => extent > 1)
    .join();
  return {
    ...best,
    orderDetected: second === undefined || (best.likeness.correlation > 0.3 && wrongShare < 0.8),
    sameExtents: extents === expected,
  };
}

function scorePair(
  { likeness: { correlation, closeness }, sameExtents }: Pairing,
  { kind }: DumpedLayer,
  { expected, opType, ops }: CandidateValue,
  isNamed: boolean,
): number {
  return (
    2 * Math.max(0, correlation) +
    0.5 * closeness +
    (sameExtents ? 0.3 : 0) +
    (expected ? 0.2 : 0) +
    (kindFits(kind, opType, ops) ? 0.3 : 0) +
    (isNamed ? 1.5 : 0)
  );
}

/** Whether the driver's class of a node is one that computes these operators. Additions may be run as convolutions. */
function kindFits(kind: string, opType: string, ops: readonly string[]): boolean {
  const head = ops[0]!;
  if (/pooling/i.test(kind) && !/convolution/i.test(kind)) return opType.endsWith('Pool');
  if (/convolution/i.test(kind))
    return /^(Conv|ConvTranspose|Add|Sum|AveragePool|GlobalAveragePool)$/.test(head);
  if (/fullyconnected/i.test(kind)) return /^(Gemm|MatMul)$/.test(head);
  if (/softmax/i.test(kind)) return opType.endsWith('Softmax');
  return kind.toLowerCase().endsWith(head.toLowerCase());
}

/** A straggler must be far more alike than what it would be otherwise. */
const clearlyAlike = 0.9;

/**
 * Maps dumps that found no partner, or one that is nothing like them, to values that are left over.
 *
 * @returns The dumps that were mapped so.
 */
function takeStragglers(
  partners: (number | undefined)[],
  scoreOf: (dump: number, value: number) => number | undefined,
  pairings: readonly ReadonlyMap<number, Pairing>[],
  named: readonly (number | undefined)[],
): Set<number> {
  const alike = (dump: number, value: number | undefined) =>
    value === undefined ? -1 : pairings[dump]!.get(value)!.likeness.correlation;
  const isSure = (dump: number, value: number) => alike(dump, value) > clearlyAlike || named[dump] === value;
  const taken = new Set(
    partners.filter((value, dump): value is number => value !== undefined && isSure(dump, value)),
  );
  const claims = partners
    .flatMap((partner, dump) =>
      partner !== undefined && isSure(dump, partner)
        ? []
        : [...pairings[dump]!.keys()]
            .filter((value) => value !== partner && isSure(dump, value))
            .map((value) => ({ dump, value, score: scoreOf(dump, value)! })),
    )
    .toSorted((a, b) => b.score - a.score);
  const moved = new Set<number>();
  for (const { dump, value } of claims) {
    if (taken.has(value) || moved.has(dump)) continue;
    const holder = partners.indexOf(value);
    if (holder !== -1) partners[holder] = undefined;
    partners[dump] = value;
    taken.add(value);
    moved.add(dump);
  }
  return moved;
}

/** Gives the layers whose values cannot tell their order the one that most others have. */
function withCommonOrder(
  matches: readonly LayerMatch[],
  dumps: readonly DumpedLayer[],
  values: readonly CandidateValue[],
): LayerMatch[] {
  const votes = new Map<string, number>();
  const keyOf = ({ order, transposed }: ElementOrder) => `${order} ${transposed}`;
  for (const {
    order,
    orderDetected,
    likeness: { correlation },
  } of matches) {
    if (orderDetected && order.order !== 'flat' && correlation > clearlyAlike) {
      votes.set(keyOf(order), (votes.get(keyOf(order)) ?? 0) + 1);
    }
  }
  const [common] = [...votes].toSorted((a, b) => b[1] - a[1]).map(([key]) => key);
  return matches.map((match) => {
    if (match.orderDetected) return match;
    const orders = possibleOrders(values[match.value]!.value.shape, dumps[match.dump]!);
    return { ...match, order: orders.find((order) => keyOf(order) === common) ?? orders[0]! };
  });
}
