// token-vending-machine/core: the product's decisions as pure functions. No I/O, no clock, no environment.
export { parseVendingConfig } from './config.ts';
export type {
  Algorithm,
  ClaimRule,
  ParameterSpec,
  PermissionSet,
  PermissionSetInput,
  SessionSettings,
  TenantIdGrammar,
  TenantIdPattern,
  TrustedIssuer,
  TrustedIssuerInput,
  VendingConfig,
  VendingConfigInput,
} from './config.ts';
export type { ClaimPath, VerifiedClaims } from './claims.ts';
export { errorTable, TvmError, type TvmErrorCode } from './errors.ts';
export { principalOf } from './explanation.ts';
export { evaluate } from './iam/index.ts';
export type { Decision, EvaluationInput, PolicyDocument, PolicyStatement, Reason } from './iam/index.ts';
export { lint, type LintFinding, type LintRule } from './lint.ts';
export { prove, type Finding, type Proof, type Verdict } from './prove.ts';
export type { ProveOptions, Wall } from './proof-subjects.ts';
export type { Witness } from './witness.ts';
export { fillReferences, variableOf, type Environment } from './references.ts';
export { longestTenantId, renderSessionPolicy, type PolicyValues, type SessionPolicy } from './session-policy.ts';
export type { StatementTemplate } from './statement-template.ts';
export { parseTenantId, type TenantId } from './tenant.ts';
