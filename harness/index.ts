export { defineSpec } from './spec/define-spec.ts';
export type { SpecDeclaration } from './spec/schema.ts';
export type { CaseRecord, Verdict, VerdictClass } from './store/record.ts';
export type { Reporter, RunPlan, RunSummary, StageUpdate } from './pipeline/reporter.ts';
export { HilError } from './hil-error.ts';
export type { Tensor, NamedTensors } from './tensor/tensor.ts';
export { tensor } from './tensor/tensor.ts';
