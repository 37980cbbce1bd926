// What core needs from the world: five ports and two functions. The adapters are in lambda/; tests bring their own.
import type { AuditRecord } from './audit.ts';
import type { VerifiedClaims } from './claims.ts';
import type { VendingConfig } from './config.ts';
import type { AssumedRole } from './credentials.ts';
import type { ReuseCredentials } from './reuse.ts';
import type { AssumeRoleInput, Sha256 } from './session.ts';

/** Verifies a token: strict decoding, configured issuer, signature, claims. Rejects with a TvmError of the token kind or
 * `issuer-unavailable`. Must never fetch anything that the token names. */
export type TokenVerifier = (untrustedToken: string, signal: AbortSignal) => Promise<VerifiedClaims>;

/** Calls STS AssumeRole. Rejects with `sts-unavailable`, `upstream-invalid`, `misconfigured` or `policy-too-large`. */
export type AssumeRole = (input: AssumeRoleInput, signal: AbortSignal) => Promise<AssumedRole>;

/** Writes one audit record. Rejects where it could not be written; then nothing is vended. */
export type AuditSink = (record: AuditRecord) => Promise<void>;

/** Everything the machine runs on. */
export interface Machine {
  readonly config: VendingConfig;
  readonly verifyToken: TokenVerifier;
  readonly assumeRole: AssumeRole;
  /** The credential cache, where there is one. */
  readonly reuseCredentials?: ReuseCredentials;
  readonly writeAudit: AuditSink;
  readonly sha256: Sha256;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}
