import { figure, type Subject, type Trial, typicalStep } from './trial.ts';

/**
 * Values held at a bound: on the board where the reference goes on (saturation, an activation too many), or in the
 * reference where the board goes on (an activation that is missing).
 */
export function findHeldValues(subject: Subject): Trial[] {
  return [boardHeld(subject), referenceHeld(subject)].filter((trial) => trial !== undefined);
}

/** Tells the two activations that clamp by their bounds. */
function activationOf(low: number, high: number, tolerance: number): string | undefined {
  if (Math.abs(low) > tolerance) return undefined;
  if (high === Infinity) return 'ReLU';
  return Math.abs(high - 6) <= Math.max(tolerance, 0.01) ? 'ReLU6' : undefined;
}

function boardHeld(subject: Subject): Trial | undefined {
  const { reference, board, scan, grid } = subject;
  const step = Math.max(typicalStep(subject), Math.sqrt(subject.noise));
  const [lowest, highest] = scan.range.board;
  let beyondLow = 0;
  let beyondHigh = 0;
  let rest = 0;
  for (let i = 0; i < reference.length; i++) {
    const r = reference[i]!;
    const b = board[i]!;
    const held = r < lowest ? lowest : r > highest ? highest : r;
    if (r < lowest - step && b <= lowest + step) beyondLow++;
    if (r > highest + step && b >= highest - step) beyondHigh++;
    rest += (b - held) * (b - held);
  }
  const low = beyondLow >= 2 ? lowest : -Infinity;
  const high = beyondHigh >= 2 ? highest : Infinity;
  const parameters = (low === -Infinity ? 0 : 1) + (high === Infinity ? 0 : 1);
  if (parameters === 0) return undefined;
  const evidence = {
    ...(low === -Infinity ? {} : { lowBound: low, heldLow: beyondLow }),
    ...(high === Infinity ? {} : { highBound: high, heldHigh: beyondHigh }),
    heldShare: (beyondLow + beyondHigh) / reference.length,
  };
  const activation = activationOf(low, high, step / 2);
  const ofFormat = (bound: number, limit: number) =>
    Math.abs(bound - limit) <= step ? `, the end of ${grid.name}` : ', which is not the end of the format';
  const bounds = [
    ...(low === -Infinity
      ? []
      : [`below ${figure(low)}${ofFormat(low, grid.limits[0])} (${beyondLow} values)`]),
    ...(high === Infinity
      ? []
      : [`above ${figure(high)}${ofFormat(high, grid.limits[1])} (${beyondHigh} values)`]),
  ].join(' and ');
  return activation === undefined
    ? {
        kind: 'saturation',
        parameters,
        rest,
        evidence,
        what: `nothing goes ${bounds}; the rest is right`,
        lookAt: 'the range the tensor was quantised for, or an overflow',
      }
    : {
        kind: 'extra-activation',
        parameters,
        rest,
        evidence,
        what: `a ${activation} cuts the board's values that the reference does not have there`,
        lookAt: `the layer's fused activation, or whether the dump shows a later point of the network${low === 0 && Math.abs(grid.limits[0]) <= step ? '; a format that begins at 0 looks the same' : ''}`,
      };
}

function referenceHeld(subject: Subject): Trial | undefined {
  const { reference, board, scan } = subject;
  const [low, high] = scan.plateaus;
  if (low === undefined && high === undefined) return undefined;
  const step = Math.max(typicalStep(subject), Math.sqrt(subject.noise));
  let beyond = 0;
  let rest = 0;
  for (let i = 0; i < reference.length; i++) {
    const r = reference[i]!;
    let e = board[i]! - r;
    const past = (r === low && e < 0) || (r === high && e > 0);
    if (past) {
      if (Math.abs(e) > step) beyond++;
      e = 0;
    }
    rest += e * e;
  }
  if (beyond < 2) return undefined;
  const activation = activationOf(low ?? -Infinity, high ?? Infinity, 0);
  const name =
    activation ??
    (low === 0
      ? 'ReLU'
      : `clip at ${[low, high]
          .filter((bound) => bound !== undefined)
          .map(figure)
          .join(' and ')}`);
  return {
    kind: 'missing-activation',
    parameters: 0,
    rest,
    evidence: {
      ...(low === undefined ? {} : { lowBound: low }),
      ...(high === undefined ? {} : { highBound: high }),
      beyondBound: beyond,
      beyondShare: beyond / reference.length,
    },
    what: `the reference's ${name} is missing: ${beyond} values go on where it holds them`,
    lookAt: 'the layer’s fused activation, or whether the dump shows an earlier point of the network',
  };
}
