// The messages that a layer may carry, by the kind of layer they are for. A layer reads its own; the others are known so
// that a slip of the finger is told from a fork's extension.
const kinds = `absval accuracy argmax batch_norm bias clip concat contrastive_loss convolution crop data
  detection_output dropout dummy_data eltwise elu embed exp flatten hdf5_data hdf5_output hinge_loss image_data
  infogain_loss inner_product input interp log loss lrn memory_data multibox_loss mvn norm parameter permute pooling
  power prelu prior_box python recurrent reduction relu relu6 reshape roi_pooling scale shuffle_channel sigmoid slice
  softmax spp swish tanh threshold tile transform upsample window_data`.split(/\s+/);

/** `<kind>_param` of every kind, read by nobody at the level of the layer. */
export const parameterFields: Readonly<Record<`${string}_param`, 'ignored'>> = Object.fromEntries(
  kinds.map((kind) => [`${kind}_param`, 'ignored'] as const),
);
