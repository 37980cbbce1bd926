// What synth refuses, with names that stay stable so that tests and searches can rely on them.
// Owns the shape of the text: what, got, allowed, fix. Never carries a secret; nothing here runs on AWS.
import type { IConstruct } from 'constructs';

/** The stable names of everything the constructs refuse. */
export type SynthErrorName =
  | 'TvmConfigurationInvalid'
  | 'TvmConfigurationToken'
  | 'TvmCrossAccountMismatch'
  | 'TvmEnvironmentTooLarge'
  | 'TvmGatewayRecordsSecrets'
  | 'TvmHandlerMissing'
  | 'TvmImportIncomplete'
  | 'TvmIsolationNotProved'
  | 'TvmIssuerInvalid'
  | 'TvmKeyNotIsolatable'
  | 'TvmLogFormat'
  | 'TvmOptionInvalid'
  | 'TvmOptionsConflict'
  | 'TvmPermissionSetInvalid'
  | 'TvmRoleNameInvalid'
  | 'TvmSessionPolicyTooLarge'
  | 'TvmTenantAccessInvalid';

/** The four things every refusal says. */
export interface SynthErrorText {
  readonly what: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** Thrown while an app is synthesised. `name` is stable; the message says what, got, allowed and fix. */
export class SynthError extends Error {
  override readonly name: SynthErrorName;

  constructor(name: SynthErrorName, text: SynthErrorText, scope?: IConstruct, cause?: unknown) {
    const at = scope === undefined ? '' : ` (at ${scope.node.path})`;
    super(
      `${text.what}${at}. Got: ${text.got}. Allowed: ${text.allowed}. Fix: ${text.fix}.`,
      cause === undefined ? {} : { cause },
    );
    this.name = name;
  }

  /** Name and message, for `addValidation`, which keeps texts only. */
  get report(): string {
    return `${this.name}: ${this.message}`;
  }
}
