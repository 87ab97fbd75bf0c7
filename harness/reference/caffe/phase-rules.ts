import { readFields, type Refuse } from './read-fields.ts';
import type { TextMessage } from './text-format.ts';

const ruleFields = {
  phase: ['TRAIN', 'TEST'],
  min_level: 'int',
  max_level: 'int',
  stage: 'texts',
  not_stage: 'texts',
} as const;

/**
 * Whether a layer is part of the network in phase TEST at level 0: if an include rule holds, or, without any, if no
 * exclude rule does.
 *
 * @param stages - Of the network's own state.
 */
export function isInTestPhase(
  {
    include,
    exclude,
  }: { readonly include: readonly TextMessage[]; readonly exclude: readonly TextMessage[] },
  stages: readonly string[],
  line: number,
  refuse: Refuse,
): boolean {
  if (include.length > 0 && exclude.length > 0) {
    refuse('has both include and exclude rules, which Caffe refuses', line);
  }
  const holds = (rule: TextMessage): boolean => {
    const { phase, min_level, max_level, stage, not_stage } = readFields(rule, ruleFields, 'a rule', refuse);
    return (
      (phase ?? 'TEST') === 'TEST' &&
      (min_level ?? 0) <= 0 &&
      (max_level ?? 0) >= 0 &&
      stage.every((each) => stages.includes(each)) &&
      !not_stage.some((each) => stages.includes(each))
    );
  };
  return include.length > 0 ? include.some(holds) : !exclude.some(holds);
}
