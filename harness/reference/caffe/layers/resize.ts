import { formatShape } from '../../../tensor/tensor.ts';
import type { Blob, LayerScope } from '../layer-scope.ts';
import { integers } from './constants.ts';
import { tensor } from '../../../tensor/tensor.ts';

const interpFields = {
  height: 'int',
  width: 'int',
  zoom_factor: 'int',
  shrink_factor: 'int',
  pad_beg: 'int',
  pad_end: 'int',
} as const;

/** Bilinear, corner to corner; negative padding cuts edges off first. A second bottom may give the size. */
export function interp(scope: LayerScope): readonly Blob[] {
  const [data, like] = scope.bottoms;
  if (data?.shape.length !== 4 || scope.bottoms.length > 2) return scope.refuse('needs an input of 4 axes');
  const fields = scope.read('interp_param', interpFields);
  const { pad_beg = 0, pad_end = 0 } = fields;
  if (pad_beg > 0 || pad_end > 0) scope.refuse('has positive padding; only padding that cuts is allowed');
  const [batch, channels, height, width] = data.shape as [number, number, number, number];
  const cut = [height + pad_beg + pad_end, width + pad_beg + pad_end] as const;
  const size = sizeOf(scope, fields, cut, like);
  if ([...cut, ...size].some((extent) => extent < 1)) {
    scope.refuse(`makes ${size.join('x')} of ${cut.join('x')} pixels`);
  }
  const value =
    pad_beg === 0 && pad_end === 0
      ? data.value
      : scope.emit('Slice', [
          data.value,
          scope.constant('starts', integers(-pad_beg, -pad_beg)),
          scope.constant('ends', integers(height + pad_end, width + pad_end)),
          scope.constant('axes', integers(2, 3)),
        ]);
  const shape = [batch, channels, ...size];
  const resized = scope.emit('Resize', [value, '', '', scope.constant('sizes', integers(...shape))], {
    mode: { string: 'linear' },
    coordinate_transformation_mode: { string: 'align_corners' },
  });
  return [{ value: resized, shape }];
}

function sizeOf(
  scope: LayerScope,
  declared: { readonly [Name in keyof typeof interpFields]?: number },
  [height, width]: readonly [number, number],
  like: Blob | undefined,
): readonly [number, number] {
  if (like !== undefined) {
    if (like.shape.length !== 4) scope.refuse(`takes its size from an input of ${formatShape(like.shape)}`);
    return [like.shape[2]!, like.shape[3]!];
  }
  const { shrink_factor: shrink, zoom_factor: zoom } = declared;
  if (shrink === undefined && zoom === undefined) {
    if (declared.height === undefined || declared.width === undefined) {
      return scope.refuse('needs height and width, zoom_factor or shrink_factor');
    }
    return [declared.height, declared.width];
  }
  if ((shrink ?? 1) < 1 || (zoom ?? 1) < 1) scope.refuse('has a factor below 1');
  const scaled = (extent: number) => {
    const small = Math.floor((extent - 1) / (shrink ?? 1)) + 1;
    return small + (small - 1) * ((zoom ?? 1) - 1);
  };
  return [scaled(height), scaled(width)];
}

const upsampleFields = {
  scale: 'int',
  scale_h: 'int',
  scale_w: 'int',
  pad_out_h: 'bool',
  pad_out_w: 'bool',
  upsample_h: 'int',
  upsample_w: 'int',
} as const;

/** With one bottom: every pixel repeated. With a pooling's mask as second: every value back where it was the maximum. */
export function upsample(scope: LayerScope): readonly Blob[] {
  const [data, mask] = scope.bottoms;
  if (data?.shape.length !== 4 || scope.bottoms.length > 2) return scope.refuse('needs an input of 4 axes');
  const { scale = 2, ...fields } = scope.read('upsample_param', upsampleFields);
  const factors = [fields.scale_h ?? scale, fields.scale_w ?? scale] as const;
  if (factors.some((factor) => factor < 1)) scope.refuse(`has a scale of ${factors.join(' and ')}`);
  const [batch, channels, height, width] = data.shape as [number, number, number, number];
  const size = [
    fields.upsample_h ?? height * factors[0] - (fields.pad_out_h === true ? 1 : 0),
    fields.upsample_w ?? width * factors[1] - (fields.pad_out_w === true ? 1 : 0),
  ] as const;
  const shape = [batch, channels, ...size];
  if (mask !== undefined) return [{ value: unpooled(scope, data, mask, shape), shape }];
  if (size[0] !== height * factors[0] || size[1] !== width * factors[1]) {
    scope.refuse('has an upsample_h, upsample_w or pad_out that is no multiple of its input');
  }
  const scales = scope.constant('scales', tensor('float32', [4], Float32Array.of(1, 1, ...factors)));
  const resized = scope.emit('Resize', [data.value, '', scales], {
    mode: { string: 'nearest' },
    coordinate_transformation_mode: { string: 'asymmetric' },
    nearest_mode: { string: 'floor' },
  });
  return [{ value: resized, shape }];
}

function unpooled(scope: LayerScope, data: Blob, mask: Blob, shape: readonly number[]): string {
  const { maxima } = mask;
  if (maxima === undefined || formatShape(mask.shape) !== formatShape(data.shape)) {
    return scope.refuse('has a second input that is no mask of a max pooling of its own size');
  }
  if (formatShape(maxima.input) !== formatShape(shape)) {
    scope.refuse(`makes ${formatShape(shape)}, but its mask is of a pooling of ${formatShape(maxima.input)}`);
  }
  const output = scope.constant('size', integers(...shape));
  return scope.emit('MaxUnpool', [data.value, maxima.value, output], { kernel_shape: { ints: [1, 1] } });
}
