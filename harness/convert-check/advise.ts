import type { Advice, ConversionCheck, ConvertedLayer, WeightFinding } from './conversion-check.ts';

/** Values beyond a layer's range that calibration on pictures like these would not leave out. */
const muchClipped = 1e-3;
/** Below this, rounding takes over 3 % of the weights' own size. */
const poorSnrDb = 30;
/** Normal weights of a few thousand reach 4 standard deviations. */
const farOutlier = 10;
/** The vendor's bound for a first layer that got another input than the float network. */
const firstLayerCosine = 0.98;

/** What a report's findings call for; the vendor's own order of attack: input first, then defects, then quantisation. */
export function advise({
  layers,
  weights,
  format,
  optimizationLevel,
}: Pick<ConversionCheck, 'layers' | 'weights' | 'format'> & {
  readonly optimizationLevel: number | undefined;
}): Advice[] {
  const quantised = format === 'u8' || format === 'i8';
  const [first, ...rest] = layers;
  const beginsWrong = first !== undefined && first.isolated.cosine < firstLayerCosine;
  // What the first layer's format does cannot be told from what another input does.
  const judged = beginsWrong ? rest : layers;
  return [
    ...(beginsWrong ? [rest.length === 0 ? onlyLayer(first) : firstLayer(first)] : []),
    ...judged.filter(({ reading }) => reading === 'defect').map(defect),
    ...unfriendly(judged, quantised, optimizationLevel),
    ...clipping(layers),
    ...outliers(weights, quantised),
    ...coarseChannels(weights),
  ];
}

const firstLayer = ({ value, isolated }: ConvertedLayer): Advice => ({
  finding: `the first layer ${value} has a cosine of ${figure(isolated.cosine)}: as a rule it gets another input than the float network`,
  action:
    'hold mean, std, channel order and layout of the file against the spec: npx hil inspect <model>, npx hil lint <spec>; if they agree, this layer’s weights or bias are not the float network’s',
});

/** A compiled network, or one of a single layer: its input and its weights are judged together. */
const onlyLayer = ({ value, isolated }: ConvertedLayer): Advice => ({
  finding: `${value}, the only layer that can be seen, has a cosine of ${figure(isolated.cosine)}: another input, other weights or the format, which cannot be told apart in one layer`,
  action:
    'hold mean, std, channel order and layout of the file against the spec (npx hil inspect <model>, npx hil lint <spec>); if the network has more layers, convert it without pre_compile to see them',
});

const defect = ({ value, ops, isolated }: ConvertedLayer): Advice => ({
  finding: `${value} (${ops.join(', ')}) has a cosine of ${figure(isolated.cosine)} by itself: that is no rounding`,
  action:
    'the converter computes another operator than the float network there: try another toolkit version, or write the operator in another way, and report it to the vendor',
});

function unfriendly(
  layers: readonly ConvertedLayer[],
  quantised: boolean,
  optimizationLevel: number | undefined,
): Advice[] {
  const found = layers.filter(({ reading }) => reading === 'unfriendly' || reading === 'bad');
  if (found.length === 0) return [];
  const worst = found.toSorted((a, b) => a.isolated.cosine - b.isolated.cosine).slice(0, 5);
  const keys = worst.map(({ lid, value }) => `${lid ?? value}: dynamic_fixed_point-i16`);
  const level =
    optimizationLevel === 3
      ? [
          {
            finding:
              'the file was built with optimization_level 3, which rewrites additions and average pooling',
            action: 'build with optimization_level=2 and compare: npx hil diff-model',
          },
        ]
      : [];
  return [
    {
      finding: `${found.length} ${found.length === 1 ? 'layer does' : 'layers do'} not take this format well, worst ${worst.map(({ value, isolated }) => `${value} (cosine ${figure(isolated.cosine)})`).join(', ')}`,
      action: quantised
        ? `hybrid quantisation: under customized_quantize_layers of the step-1 file set ${keys.join('; ')}`
        : 'scale the network so that its values stay in the middle of the format’s range, or leave the layers out of the conversion',
    },
    ...level,
  ];
}

function clipping(layers: readonly ConvertedLayer[]): Advice[] {
  const found = layers.filter(({ clipped }) => clipped > muchClipped);
  if (found.length === 0) return [];
  const worst = found.toSorted((a, b) => b.clipped - a.clipped).slice(0, 5);
  return [
    {
      finding: `values of ${found.length} ${found.length === 1 ? 'layer lie beyond what its' : 'layers lie beyond what their'} format holds, most in ${worst.map(({ value, clipped }) => `${value} (${figure(clipped * 100)} %)`).join(', ')}`,
      action:
        'the calibration pictures did not show such values: convert with 100 to 500 pictures like those the network will see, these inputs among them',
    },
  ];
}

function outliers(weights: readonly WeightFinding[], quantised: boolean): Advice[] {
  const found = weights.filter(({ outlier, snrDb }) => outlier > farOutlier && snrDb < poorSnrDb);
  if (found.length === 0 || !quantised) return [];
  const worst = found.slice(0, 5);
  return [
    {
      finding: `single large weights take up the range of ${found.length} layers: ${worst.map(({ node, outlier, snrDb }) => `${node} (${figure(outlier)} standard deviations, ${figure(snrDb)} dB)`).join(', ')}`,
      action:
        'convert with quantized_algorithm mmse or kl_divergence, which cut such weights off, or put these layers into dynamic_fixed_point-i16',
    },
  ];
}

function coarseChannels(weights: readonly WeightFinding[]): Advice[] {
  const found = weights.filter((each) => each.coarseChannels > 0);
  if (found.length === 0) return [];
  const worst = found.toSorted((a, b) => b.coarseChannels - a.coarseChannels).slice(0, 5);
  return [
    {
      finding: `channels with small weights are left two steps or less of their layer’s format: ${worst.map((each) => `${each.node} (${each.coarseChannels} of ${each.channels} channels)`).join(', ')}`,
      action:
        'the format has one scale for all channels of a layer: equalise the channels before the conversion, train with quantisation, or put these layers into dynamic_fixed_point-i16',
    },
  ];
}

const figure = (value: number): string => String(Number(value.toPrecision(3)));
