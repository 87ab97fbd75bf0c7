/** One component's version. The number alone does not identify a build, so its text is kept whole. */
export interface ComponentVersion {
  /** The component's own words, e.g. `librknn_runtime version 1.7.5 (ccb93f1 build: 2023-07-18 10:48:49 base: 1131)`. */
  readonly text: string;
  /** `1.7.5`, or a driver's `6.4.6.5.351518`; empty where the text names none. */
  readonly version: string;
  readonly commit?: string | undefined;
  /** Build time as the component prints it, no zone given. */
  readonly built?: string | undefined;
}

/** The versions in play when a case ran. */
export interface SdkStack {
  /** What people call it: the runtime's version number. */
  readonly name: string;
  /** Converter that built the model file; unknown until a model is loaded. */
  readonly toolkit?: ComponentVersion | undefined;
  readonly api: ComponentVersion;
  readonly driver: ComponentVersion;
}

const versionNumber = /(\d+(?:\.\d+){2,4}(?:b\d+)?)/;
const build = /\(([0-9a-f]{7,8}) build: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/;

/** Reads the version out of a component's banner (the formats are the vendor's, release 0.9 to 1.7.5). */
export function parseComponentVersion(text: string): ComponentVersion {
  const stamp = build.exec(text);
  return {
    text,
    version: versionNumber.exec(text)?.[1] ?? '',
    ...(stamp ? { commit: stamp[1], built: stamp[2] } : {}),
  };
}
