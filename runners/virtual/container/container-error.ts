import { HilError, type RetryAdvice } from '../../../harness/hil-error.ts';

/** There is no container engine, or it does not answer. */
export class ContainerEngineError extends HilError {
  readonly code = 'HIL_CONTAINER_ENGINE';
  readonly owner = 'lab';

  constructor(details: string, cause: unknown) {
    super(`no container engine answers, and this board runs in a container: ${details}`, {
      hint: 'Start Docker (`docker info` must answer), on Debian with runners/virtual/container/start-engine.sh as root; or take a board of kind `virtual`, which needs no engine.',
      cause,
    });
  }
}

/** The image of a virtual board cannot be made. */
export class BoardImageError extends HilError {
  readonly code = 'HIL_CONTAINER_IMAGE';
  readonly owner = 'lab';

  constructor(image: string, details: string, cause: unknown) {
    super(`the image ${image} for virtual boards cannot be made: ${lastLines(details)}`, {
      hint: `See what it says, and try: sh runners/virtual/container/build-images.sh ${image}`,
      cause,
    });
  }
}

/** A container was made but no board came up in it. */
export class ContainerBoardError extends HilError {
  readonly code = 'HIL_CONTAINER_BOARD';
  readonly owner = 'lab';
  override readonly retry: RetryAdvice = 'same-board';

  constructor(board: string, image: string, details: string, cause?: unknown) {
    super(`virtual board ${board} did not start in a container of ${image}: ${lastLines(details)}`, {
      hint:
        image.includes('arm64') || image.includes('buildroot')
          ? 'Check that aarch64 programs start here (runners/virtual/container/start-engine.sh sees to it); the image `debian` needs no emulation.'
          : 'Try the container by hand: see docs/container-boards.md.',
      cause,
    });
  }
}

/** A program of ours for a board's architecture is not shipped and cannot be built. */
export class NativeFileError extends HilError {
  readonly code = 'HIL_NATIVE_FILE';
  readonly owner = 'lab';

  constructor(machine: string, name: string, cause: unknown) {
    const said = cause instanceof Error ? `: ${lastLines(cause.message)}` : '';
    super(`there is no ${name} for ${machine}, which this virtual board runs${said}`, {
      hint: `Install a compiler (on Debian gcc, or gcc-aarch64-linux-gnu and libc6-dev-arm64-cross), then try: node runners/native/build.mjs --target ${machine === 'aarch64' ? 'aarch64' : 'host'}`,
      cause,
    });
  }
}

const lastLines = (text: string): string => text.split('\n').slice(-5).join('\n').slice(-1000);
