// Step 9's result and the one document that serves SDK container providers, credential_process, mobile apps and people.
import { TvmError } from './errors.ts';
import type { Grant } from './grant.ts';
import { http, refresh } from './limits.ts';
import { assumedRoleArn, type AssumeRoleInput } from './session.ts';
import { formatTime } from './time.ts';

/** What STS vended. `expiration` in seconds since 1970. */
export interface AssumedRole {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: number;
  readonly assumedRoleArn: string;
  /** The session's own id (`AROA…:name`), where STS told it. */
  readonly assumedRoleId?: string;
  readonly packedPolicySize?: number;
}

/** Credentials with the decision they came from. */
export interface Vended {
  readonly grant: Grant;
  readonly input: AssumeRoleInput;
  readonly role: AssumedRole;
  /** Seconds since 1970, when STS made the credentials: before the request that they answer, where they were kept. */
  readonly madeAt: number;
}

/** Refuses an answer of STS that is not for the session we asked for, or that is over already: a mixed-up or replayed answer
 * must never reach a caller. Throws `upstream-invalid`. */
export function checkAssumedRole(role: AssumedRole, input: AssumeRoleInput, now: number): void {
  if (role.assumedRoleArn !== assumedRoleArn(input.roleArn, input.roleSessionName)) {
    throw new TvmError('upstream-invalid', { detail: 'STS answered for another session' });
  }
  // Negated, so that an expiration that is no number is refused as well.
  if (!(role.expiration > now))
    throw new TvmError('upstream-invalid', { detail: 'STS answered with expired credentials' });
}

/** When clients should come back to credentials made at `madeAt`; all in seconds since 1970. */
export function refreshAfter(expiration: number, madeAt: number): number {
  return Math.floor(expiration - Math.min(refresh.marginSeconds, (expiration - madeAt) * refresh.lifetimeFraction));
}

/** The 200 document. `Token` for container providers, `SessionToken` for `credential_process`; never a `Code`, which Rust and
 * Kotlin read as an error. `slim` leaves `SessionToken` out where the answer would outgrow what C clients read. */
export function renderCredentialsDocument(
  vended: Vended,
  requestId: string,
  options: { readonly slim: boolean },
): string {
  const { grant, input, role, madeAt } = vended;
  const document = {
    Version: 1,
    AccessKeyId: role.accessKeyId,
    SecretAccessKey: role.secretAccessKey,
    SessionToken: role.sessionToken,
    Token: role.sessionToken,
    Expiration: formatTime(role.expiration),
    RefreshAfter: formatTime(refreshAfter(role.expiration, madeAt)),
    AccountId: role.assumedRoleArn.split(':')[4],
    RoleArn: input.roleArn,
    AssumedRoleArn: role.assumedRoleArn,
    Tenant: grant.tenant,
    Subject: grant.subject,
    PermissionSet: grant.permissionSetName,
    SourceIdentity: input.sourceIdentity,
    PackedPolicySize: role.packedPolicySize,
    RequestId: requestId,
  };
  const text = JSON.stringify(document);
  // Bytes, not characters: a subject outside ASCII takes up to three times its length. Only a text that could be too long is encoded.
  const fits = text.length * 3 <= http.maxAnswerBytes || new TextEncoder().encode(text).length <= http.maxAnswerBytes;
  if (!options.slim || fits) return text;
  return JSON.stringify({ ...document, SessionToken: undefined });
}
