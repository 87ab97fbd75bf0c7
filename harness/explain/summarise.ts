import type { Explanation, FormatFinding, InputFinding, InputTrial, ShownValue } from './explanation.ts';

/** Puts the findings in order of what they say: a wrong input first, then the format. */
export function summarise({
  input,
  format,
  remarks,
}: {
  readonly input: InputFinding;
  readonly format?: FormatFinding | undefined;
  readonly remarks: readonly string[];
}): Explanation {
  const found = { input, ...(format ? { format } : {}), remarks };
  if (input.kind !== 'none') {
    return {
      cause: 'input-settings',
      summary: tellInput(input),
      next: input.faults.map(({ fix }) => fix),
      ...found,
    };
  }
  const noInput = `none of ${input.tried} wrong inputs gives the board’s answer${nearest(input)}`;
  if (format?.explains) {
    return {
      cause: 'format',
      summary: `${tellFormat(format)}; ${noInput}`,
      next: [
        `hold ${format.format} against a tolerance that it can meet (the table of limits says what would just pass), or build the model in a finer format`,
      ],
      ...found,
    };
  }
  return {
    cause: 'unknown',
    summary: format ? `${noInput}; ${tellFormat(format)}` : noInput,
    next: ['look at the layers: npx hil layers'],
    ...found,
  };
}

/** e.g. `fp16 alone explains 0.0018 nats (0.9519 / 0.0481), the board shows 6.94 (0.01898 / 0.981)`. */
export function tellFormat({
  format,
  unit,
  distance,
  boardDistance,
  inFormat,
  board,
}: FormatFinding): string {
  return `${format} alone explains ${tellDistance(distance, unit)}${inBrackets(inFormat)}, the board shows ${tellDistance(boardDistance, unit)}${inBrackets(board)}`;
}

function tellInput(input: InputFinding): string {
  const { kind, faults, unit, boardDistance } = input;
  const wrong = faults.map(({ sentence }) => sentence).join('; and ');
  const [best, second] = input.asDeclared
    ? [
        input.asDeclared,
        input.trials.find((trial) => trial !== input.asDeclared && !isSame(trial, input.asDeclared!)),
      ]
    : input.trials;
  const evidence = best
    ? `With this input the reference answers${plain(best.values)}, the board${plain(input.board)}: ${tellDistance(best.distance, unit)} apart, where the right input is ${tellDistance(boardDistance, unit)} off${second ? ` and the next likely mistake (${second.description}) ${tellDistance(second.distance, unit)}` : ''}`
    : '';
  switch (kind) {
    case 'declared':
      return `${wrong}. ${evidence}`;
    case 'contradiction':
      return `${wrong}. That is certain, but it is not all: ${lowered(evidence)}`;
    case 'as-if':
      return `The board answers as if something were wrong that spec and model file say is right: ${wrong}. ${evidence}`;
    case 'ambiguous':
      return `The board answers as if its input were wrong, and this input cannot tell which of these it is: ${input.trials
        .slice(0, 3)
        .map(({ description, distance }) => `${description} (${tellDistance(distance, unit)} apart)`)
        .join(', or ')}. The right input is ${tellDistance(boardDistance, unit)} off`;
    case 'none':
      return '';
  }
}

const isSame = (a: InputTrial, b: InputTrial): boolean =>
  a.description === b.description && a.distance === b.distance;

function nearest({ trials, unit, boardDistance }: InputFinding): string {
  const [best] = trials;
  return best
    ? ` (nearest: ${best.description}, ${tellDistance(best.distance, unit)} apart; the right input is ${tellDistance(boardDistance, unit)} off)`
    : '';
}

const plain = (values: readonly ShownValue[]): string =>
  values.length === 0 ? '' : ` ${tellValues(values)}`;
const inBrackets = (values: readonly ShownValue[]): string =>
  values.length === 0 ? '' : ` (${tellValues(values)})`;

/** All classes in order as `0.9521 / 0.0479`; chosen ones with their index. */
export function tellValues(values: readonly ShownValue[]): string {
  const all = values.every(({ index }, place) => index === place) && values.length <= 2;
  return values.map(({ index, value }) => (all ? figure(value) : `[${index}] ${figure(value)}`)).join(' / ');
}

export const tellDistance = (distance: number, unit: InputFinding['unit']): string =>
  unit === 'nats' ? `${figure(distance, 3)} nats` : `${figure(100 * distance, 3)} % of the golden’s RMS`;

const figure = (value: number, digits = 4): string => String(Number(value.toPrecision(digits)));
const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
