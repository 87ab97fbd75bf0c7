import type { Blob, LayerScope } from '../layer-scope.ts';
import { scalar } from './constants.ts';

/** scale * x + shift, without the parts that change nothing. */
function affine(scope: LayerScope, value: string, scale: number, shift: number): string {
  const scaled = scale === 1 ? value : scope.emit('Mul', [value, scope.constant('scale', scalar(scale))]);
  return shift === 0 ? scaled : scope.emit('Add', [scaled, scope.constant('shift', scalar(shift))]);
}

const powerFields = { power: 'float', scale: 'float', shift: 'float' } as const;

/** (shift + scale * x) ^ power; where power or scale is 0, x has no say. */
export function power(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { power: exponent = 1, scale = 1, shift = 0 } = scope.read('power_param', powerFields);
  if (exponent * scale === 0) {
    return [{ value: affine(scope, value, 0, exponent === 0 ? 1 : shift ** exponent), shape }];
  }
  const base = affine(scope, value, scale, shift);
  if (exponent === 1) return [{ value: base, shape }];
  return [{ value: scope.emit('Pow', [base, scope.constant('power', scalar(exponent))]), shape }];
}

const exponentialFields = { base: 'float', scale: 'float', shift: 'float' } as const;

/** ln of the base; -1 stands for e. */
function logOfBase(scope: LayerScope, base: number): number {
  if (base !== -1 && !(base > 0)) scope.refuse(`has base ${base}, which must be above 0, or -1 for e`);
  return base === -1 ? 1 : Math.log(base);
}

/** base ^ (shift + scale * x). */
export function exponential(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { base = -1, scale = 1, shift = 0 } = scope.read('exp_param', exponentialFields);
  const log = logOfBase(scope, base);
  const raised = scope.emit('Exp', [affine(scope, value, log * scale, 0)]);
  const factor = Math.exp(log * shift);
  return [{ value: shift === 0 ? raised : affine(scope, raised, factor, 0), shape }];
}

/** Logarithm of shift + scale * x to the base. */
export function logarithm(scope: LayerScope): readonly Blob[] {
  const { value, shape } = scope.bottom();
  const { base = -1, scale = 1, shift = 0 } = scope.read('log_param', exponentialFields);
  if (base === 1) scope.refuse('has base 1, of which there is no logarithm');
  const natural = scope.emit('Log', [affine(scope, value, scale, shift)]);
  return [{ value: affine(scope, natural, 1 / logOfBase(scope, base), 0), shape }];
}

const eltwiseFields = {
  operation: ['PROD', 'SUM', 'MAX'],
  coeff: 'floats',
  stable_prod_grad: 'ignored',
} as const;

export function eltwise(scope: LayerScope): readonly Blob[] {
  const { bottoms } = scope;
  const { operation = 'SUM', coeff } = scope.read('eltwise_param', eltwiseFields);
  const shape = bottoms[0]?.shape ?? [];
  if (bottoms.length < 2) scope.refuse('needs at least two bottoms');
  for (const other of bottoms) {
    if (other.shape.join('x') !== shape.join('x')) {
      scope.refuse(
        `has inputs of different shapes: ${bottoms.map((each) => each.shape.join('x')).join(', ')}`,
      );
    }
  }
  if (coeff.length > 0 && (operation !== 'SUM' || coeff.length !== bottoms.length)) {
    scope.refuse(`has ${coeff.length} coeff for ${bottoms.length} bottoms and operation ${operation}`);
  }
  const values = bottoms.map(({ value }) => value);
  if (operation === 'MAX') return [{ value: scope.emit('Max', values), shape }];
  const terms = values.map((value, i) => ({ value, negative: coeff[i] === -1, factor: coeff[i] ?? 1 }));
  const total = terms
    .map(({ value, negative, factor }, i) => ({
      // The first term has nothing that it could be subtracted from.
      negative: negative && i > 0,
      value: negative && i > 0 ? value : affine(scope, value, factor, 0),
    }))
    .reduce((sum, term) => ({
      negative: false,
      value: scope.emit(operation === 'PROD' ? 'Mul' : term.negative ? 'Sub' : 'Add', [
        sum.value,
        term.value,
      ]),
    }));
  return [{ value: total.value, shape }];
}
