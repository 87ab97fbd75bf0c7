import { HilError } from '../hil-error.ts';

/** Trouble with an input file or with what the spec says of it; the spec's author can act. */
abstract class InputError extends HilError {
  readonly owner = 'spec';
}

/** The file cannot be read at all. */
export class InputFileError extends InputError {
  readonly code = 'HIL_INPUT_FILE';
}

/** The file can be read, but is no picture that we decode. */
export class PictureFormatError extends InputError {
  readonly code = 'HIL_PICTURE_FORMAT';
}

/** The picture is truncated or corrupt. */
export class PictureDamagedError extends InputError {
  readonly code = 'HIL_PICTURE_DAMAGED';
}

/** More pixels than we are ready to hold. */
export class PictureTooLargeError extends InputError {
  readonly code = 'HIL_PICTURE_TOO_LARGE';
}

/** The picture has channels that the network has not, or the other way round, and the spec allows no conversion. */
export class PictureChannelsError extends InputError {
  readonly code = 'HIL_PICTURE_CHANNELS';
}

/** `preprocess` asks for what this picture cannot give. */
export class PreprocessError extends InputError {
  readonly code = 'HIL_PREPROCESS';
}

/** A mean or std has not one entry for each channel. */
export class NormalisationError extends InputError {
  readonly code = 'HIL_NORMALISATION';
}

/** `boardInput` asks for a buffer that cannot be made. */
export class BoardInputError extends InputError {
  readonly code = 'HIL_BOARD_INPUT';
}

/** The prepared input is not of the shape or dtype that a model takes. */
export class InputMismatchError extends InputError {
  readonly code = 'HIL_INPUT_MISMATCH';
}
