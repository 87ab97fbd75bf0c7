import type {
  DistanceUnit,
  Explanation,
  FormatFinding,
  InputFinding,
  InputTrial,
  ShownValue,
} from './explanation.ts';

/** Puts the findings in order of what they say: a wrong input first, then the format. */
export function summarise({
  input,
  format,
  specFile,
  remarks,
}: {
  readonly input: InputFinding;
  readonly format?: FormatFinding | undefined;
  /** As `npx hil` takes it. */
  readonly specFile: string;
  readonly remarks: readonly string[];
}): Explanation {
  const found = { input, ...(format ? { format } : {}), remarks };
  const formatLines = format ? [tellFormat(format)] : [];
  if (input.kind !== 'none') {
    return {
      cause: 'input-settings',
      summary: tellInput(input),
      evidence: [...tellTrials(input), ...formatLines],
      next: input.faults.map(({ fix }) => fix),
      ...found,
    };
  }
  const noInput = `none of ${input.tried} wrong inputs gives the board’s answer${nearest(input)}`;
  if (format?.explains) {
    return {
      cause: 'format',
      summary: tellFormat(format),
      evidence: [noInput],
      next: [
        ...(format.ofFile
          ? [
              `npx hil convert-check ${specFile} says at which layers, and whether it is rounding or a wrong conversion; if wrong, convert the model again`,
            ]
          : []),
        `${format.ofFile ? 'if it is rounding, ' : ''}choose a tolerance that ${format.format} can meet (the table of limits says what would just pass)${format.format === 'fp16' ? ': this NPU has nothing finer' : ', or build the model in fp16 or i16'}`,
      ],
      ...found,
    };
  }
  return {
    cause: 'unknown',
    summary: 'neither an input setting nor the numeric format explains it',
    evidence: [noInput, ...formatLines],
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
  ofFile,
}: FormatFinding): string {
  if (ofFile) {
    return `the conversion explains ${tellDistance(distance, unit)}${inBrackets(inFormat)} of the ${tellDistance(boardDistance, unit)}${inBrackets(board)}; the board adds ${tellDistance(ofFile.boardAdds, unit)} (the file computed by a model of the NPU)`;
  }
  return `${format} alone explains ${tellDistance(distance, unit)}${inBrackets(inFormat)}, the board shows ${tellDistance(boardDistance, unit)}${inBrackets(board)}`;
}

function tellInput({ kind, faults, trials }: InputFinding): string {
  const wrong = faults.map(({ sentence }) => sentence).join('; and ');
  switch (kind) {
    case 'declared':
      return wrong;
    case 'contradiction':
      return `${wrong}; that is certain, but it is not all that is wrong`;
    case 'as-if':
      return `the board answers as if ${wrong}, though spec and model file say that it is right`;
    case 'ambiguous':
      return `the board answers as if its input were wrong, and this input cannot tell which it is: ${trials
        .slice(0, 3)
        .map(({ description }) => description)
        .join(', or ')}`;
    case 'none':
      return '';
  }
}

/** The answer to the wrong input beside the board's, and how far the next likely mistake is from it. */
function tellTrials({
  kind,
  asDeclared,
  trials,
  board,
  golden,
  unit,
  boardDistance,
  byChance,
  tried,
}: InputFinding): string[] {
  const best = asDeclared ?? trials[0];
  if (best === undefined) return [];
  const second = trials.find((trial) => !isSame(trial, best));
  const far = (distance: number) => tellDistance(distance, unit);
  const answers =
    board.length > 0
      ? [
          `with this input the reference answers${plain(best.values)}, the board${plain(board)}: ${far(best.distance)} apart`,
          `with the right input it answers${plain(golden)}, ${far(boardDistance)} from the board${second ? `; with the next likely mistake (${second.description})${plain(second.values)}, ${far(second.distance)} from it` : ''}`,
        ]
      : [
          `with this input the reference’s answer is ${far(best.distance)} away from the board’s`,
          `with the right input it is ${far(boardDistance)} away${second ? `; with the next likely mistake (${second.description}) ${far(second.distance)}` : ''}`,
        ];
  return [
    ...answers,
    ...(kind === 'as-if' || kind === 'ambiguous'
      ? [
          `one of ${tried} guesses would come as near by chance about ${figure(100 * byChance, 2)} times in 100: try a second picture`,
        ]
      : []),
  ];
}

const isSame = (a: InputTrial, b: InputTrial): boolean =>
  a.description === b.description && a.distance === b.distance;

function nearest({ trials, unit, boardDistance }: InputFinding): string {
  const [best] = trials;
  return best
    ? ` (nearest: ${best.description}, ${tellDistance(best.distance, unit)} apart; the right input is ${tellDistance(boardDistance, unit)} off)`
    : '';
}

const plain = (values: readonly ShownValue[]): string => ` ${tellValues(values)}`;
const inBrackets = (values: readonly ShownValue[]): string =>
  values.length === 0 ? '' : ` (${tellValues(values)})`;

/** All classes in order as `0.9521 / 0.0479`; chosen ones with their index. */
export function tellValues(values: readonly ShownValue[]): string {
  const all = values.every(({ index }, place) => index === place) && values.length <= 2;
  return values.map(({ index, value }) => (all ? figure(value) : `[${index}] ${figure(value)}`)).join(' / ');
}

export function tellDistance(distance: number, unit: DistanceUnit): string {
  switch (unit) {
    case 'nats':
      return `${figure(distance, 3)} nats`;
    case 'nats-over-rows':
      return `${figure(distance, 3)} nats (rms over rows)`;
    case 'relative':
      return `${figure(100 * distance, 3)} % of the golden’s RMS`;
  }
}

const figure = (value: number, digits = 4): string => String(Number(value.toPrecision(digits)));
