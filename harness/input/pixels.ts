/** An 8-bit picture: interleaved rows from the top, without padding; colour is in BGR order, as OpenCV keeps it. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** `width * height * channels` bytes. */
  readonly data: Uint8Array;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}
