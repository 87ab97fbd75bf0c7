import { HilError } from '../../hil-error.ts';
import type { ContainerFault } from './container.ts';

/** The bytes are no .rknn file that any board of this product line could load. */
export class RknnFormatError extends HilError {
  readonly code = 'HIL_MODEL_RKNN_FORMAT';
  readonly owner = 'spec';

  constructor(origin: string, problem: string, options: { hint?: string; cause?: unknown } = {}) {
    super(`${origin} is not a usable .rknn file: ${problem}`, {
      hint:
        options.hint ??
        'Convert the network again with RKNN-Toolkit 1.x, or check that the whole file was copied.',
      ...('cause' in options ? { cause: options.cause } : {}),
    });
  }
}

/** The file was encrypted by the toolkit: nothing in it can be checked. */
export class RknnEncryptedError extends HilError {
  readonly code = 'HIL_MODEL_RKNN_ENCRYPTED';
  readonly owner = 'spec';

  constructor(origin: string) {
    super(`${origin} is an encrypted .rknn file (it begins with CYPTRKNN), which cannot be inspected`, {
      hint: 'Export the model without encryption (the toolkit’s export_rknn) and use that file here.',
    });
  }
}

/** The file was made by the other product line, rknn-toolkit2, whose models do not load on an RK1808. */
export class RknnToolkit2Error extends HilError {
  readonly code = 'HIL_MODEL_RKNN_TOOLKIT2';
  readonly owner = 'spec';

  constructor(origin: string, versionWord: bigint) {
    super(
      `${origin} was made by rknn-toolkit2 (container version 0x${versionWord.toString(16)}), whose models do not load on an RK1808`,
      {
        hint: 'Convert the network with RKNN-Toolkit 1.x (1.6.1 to 1.7.5) and target_platform rk1808.',
      },
    );
  }
}

/** The error that tells a person about a fault of the container. */
export function containerError(origin: string, fault: ContainerFault): HilError {
  switch (fault.kind) {
    case 'encrypted':
      return new RknnEncryptedError(origin);
    case 'toolkit2':
      return new RknnToolkit2Error(origin, fault.version);
    case 'magic':
      return new RknnFormatError(
        origin,
        `it begins with ${hex(fault.found)} where ${hex(fault.expected)} ("RKNN" and four zero bytes) is expected`,
      );
    case 'version':
      return new RknnFormatError(origin, `its container version is ${fault.version}, known are 1 and 2`);
    case 'length':
      return new RknnFormatError(
        origin,
        `its header announces ${fault.needed} bytes${fault.field === undefined ? '' : ` (${fault.field})`}, but the file has ${fault.found}`,
      );
  }
}

const hex = (word: bigint) =>
  [...Array(8).keys()]
    .map((byte) =>
      Number((word >> BigInt(8 * byte)) & 0xffn)
        .toString(16)
        .padStart(2, '0'),
    )
    .join(' ');
