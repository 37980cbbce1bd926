// core/iam: the policy language. Documents, patterns, conditions, evaluation.
export type { ConditionElement, PolicyDocument, PolicyStatement, PrincipalElement } from './policy.ts';
export { evaluate } from './evaluate.ts';
export type { Decision, EvaluationInput, Reason } from './evaluate.ts';
