// Step 10: one audit record per attempt, for success and refusal alike. It names who, what and why, and never carries a token,
// a secret access key or a session token; the token is known by its SHA-256 only.
import type { VerifiedClaims } from './claims.ts';
import type { Vended } from './credentials.ts';
import type { TvmError } from './errors.ts';
import type { Grant } from './grant.ts';
import type { Sha256 } from './session.ts';
import { formatTime } from './time.ts';

/** What a record is about. */
export type AuditEvent =
  'credentials.vended' | 'credentials.refused' | 'credentials.preflight' | 'identity.read' | 'identity.refused';

/** One line of the audit log; fields as in docs/audit.md. */
export interface AuditRecord {
  readonly event: AuditEvent;
  readonly time: string;
  readonly request_id: string;
  readonly tenant_id?: string;
  readonly subject?: string;
  readonly issuer?: string;
  readonly issuer_name?: string;
  readonly permission_set?: string;
  readonly reason?: string;
  readonly token_sha256?: string;
  readonly token_jti?: string;
  readonly duration_seconds?: number;
  readonly expires_at?: string;
  readonly role_arn?: string;
  readonly session_name?: string;
  readonly source_identity?: string;
  readonly access_key_id?: string;
  readonly policy_sha256?: string;
  readonly packed_policy_percent?: number;
  readonly cache?: 'hit' | 'miss' | 'off';
  readonly source_ip?: string;
  readonly user_agent?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly latency_ms: number;
  readonly sts_ms?: number;
  readonly cold_start: boolean;
}

/** What is known of an attempt before anything is decided. */
export interface Attempt {
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly coldStart: boolean;
  /** From the gateway's own request context, never from a header. */
  readonly sourceIp?: string;
  readonly userAgent?: string;
}

type Facts = { -readonly [K in keyof AuditRecord]?: AuditRecord[K] };

/** Collects the facts of one attempt while the steps decide them, so that a refusal reports as far as it got. */
export class AuditTrail {
  readonly #attempt: Attempt;
  readonly #facts: Facts = {};
  #token = '';

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  token(token: string, sha256: Sha256): void {
    this.#token = token;
    this.#facts.token_sha256 = sha256(token);
  }

  claims(claims: VerifiedClaims, issuer: { readonly name: string; readonly issuer: string }): void {
    this.#facts.issuer = issuer.issuer;
    this.#facts.issuer_name = issuer.name;
    const { jti, sub } = claims.all;
    if (typeof jti === 'string') this.#facts.token_jti = jti;
    if (typeof sub === 'string') this.#facts.subject = sub;
  }

  tenant(tenant: string): void {
    this.#facts.tenant_id = tenant;
  }

  reason(reason: string | undefined): void {
    if (reason !== undefined) this.#facts.reason = reason;
  }

  grant(grant: Grant): void {
    this.#facts.subject = grant.subject;
    this.#facts.permission_set = grant.permissionSetName;
    this.#facts.duration_seconds = grant.durationSeconds;
    this.#facts.role_arn = grant.permissionSet.roleArn;
  }

  policy(text: string, sha256: Sha256): void {
    this.#facts.policy_sha256 = sha256(text);
  }

  cache(state: 'hit' | 'miss' | 'off'): void {
    this.#facts.cache = state;
  }

  stsMilliseconds(milliseconds: number): void {
    this.#facts.sts_ms = Math.round(milliseconds);
  }

  vended({ input, role }: Vended): void {
    this.#facts.session_name = input.roleSessionName;
    if (input.sourceIdentity !== undefined) this.#facts.source_identity = input.sourceIdentity;
    this.#facts.access_key_id = role.accessKeyId;
    this.#facts.expires_at = formatTime(role.expiration);
    if (role.packedPolicySize !== undefined) this.#facts.packed_policy_percent = role.packedPolicySize;
  }

  refused(refusal: TvmError): void {
    this.#facts.code = refusal.code;
    if (refusal.detail !== undefined) this.#facts.detail = refusal.detail;
  }

  /** The finished record. `now` in milliseconds since 1970. */
  toRecord(event: AuditEvent, now: number): AuditRecord {
    const { requestId, startedAt, coldStart, sourceIp, userAgent } = this.#attempt;
    const { reason, detail } = this.#facts;
    return {
      event,
      time: new Date(now).toISOString(),
      request_id: requestId,
      ...this.#facts,
      ...(reason === undefined ? {} : { reason: this.#withoutToken(reason) }),
      ...(detail === undefined ? {} : { detail: this.#withoutToken(detail) }),
      ...(sourceIp === undefined ? {} : { source_ip: sourceIp }),
      ...(userAgent === undefined ? {} : { user_agent: this.#withoutToken(userAgent) }),
      latency_ms: Math.round(now - startedAt),
      cold_start: coldStart,
    };
  }

  /** Text that others wrote (a caller, an unforeseen error) may quote the token; the record never does. */
  #withoutToken(text: string): string {
    return this.#token === '' ? text : text.replaceAll(this.#token, '[token]');
  }
}
