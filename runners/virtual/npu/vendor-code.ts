/** Codes of the vendor's interface that the simulated runtime returns. */
export const vendorCode = {
  fail: -1,
  modelInvalid: -6,
  inputInvalid: -8,
  incompatiblePreCompile: -11,
  incompatibleOptimizationLevel: -12,
  targetPlatformUnmatch: -13,
  nonPreCompiledOnMiniDriver: -14,
} as const;
