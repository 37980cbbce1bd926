// Step 8: the AssumeRole call as a value: session name, source identity, tags. Names are readable where they fit and carry
// 128 bits of hash where they do not, so that no two subjects share one (property P15).
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
import type { VendingConfig } from './config.ts';
import type { Grant } from './grant.ts';
import { sts } from './limits.ts';
import type { SessionPolicy } from './session-policy.ts';
import { mayAssert } from './tenant.ts';

/** The input of one AssumeRole call. */
export interface AssumeRoleInput {
  readonly roleArn: string;
  readonly roleSessionName: string;
  /** Empty where the set isolates by tags alone. */
  readonly policy: string;
  readonly policyArns: readonly string[];
  readonly durationSeconds: number;
  /** The tenant tag first. */
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  readonly externalId?: string;
}

/** The ARN of a session of the role. It drops the role's path.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns */
export function assumedRoleArn(roleArn: string, sessionName: string): string {
  const [arn, partition, , , accountId] = roleArn.split(':');
  return `${arn!}:${partition!}:sts::${accountId!}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`;
}

/** SHA-256 of a text's UTF-8, in lower-case hexadecimal. An argument, because core knows no crypto. */
export type Sha256 = (text: string) => string;

/** Builds the call for a grant. Total: every grant gives a valid input. */
export function buildAssumeRoleInput(
  config: VendingConfig,
  grant: Grant,
  policy: SessionPolicy,
  sha256: Sha256,
): AssumeRoleInput {
  const { permissionSet, tenant, issuer } = grant;
  const { tenantTagKey, sourceIdentity } = config.session;
  const shared = permissionSet.sessionName === 'tenant';
  // Where several issuers speak for one tenant, equal subjects of two of them are two people.
  const suffix = config.issuers.filter((other) => mayAssert(other, tenant)).length > 1 ? `=${issuer.name}` : '';
  const who = shared ? tenant : grant.subject;
  const hash = (): string =>
    sha256(JSON.stringify([issuer.issuer, tenant, shared ? null : grant.subject])).slice(0, 32);
  return {
    roleArn: permissionSet.roleArn,
    roleSessionName: encodeName(shared ? tenant : `${tenant}@${grant.subject}`, who, suffix, hash),
    policy: policy.text,
    policyArns: (permissionSet.managedPolicies ?? []).map(({ arn }) => arn),
    durationSeconds: grant.durationSeconds,
    tags: [{ key: tenantTagKey, value: tenant }, ...Object.entries(grant.tags).map(([key, value]) => ({ key, value }))],
    transitiveTagKeys: [tenantTagKey],
    ...(sourceIdentity === 'none' ? {} : { sourceIdentity: encodeName(who, who, suffix, hash) }),
    ...(permissionSet.externalId === undefined ? {} : { externalId: permissionSet.externalId }),
  };
}

const { minLength, maxLength } = sts.sessionName;
const hashLength = 32;

/** The name itself where STS can carry it, else a readable part, `=` and the hash. `=` in `last` (what ends the name) would let
 * it imitate a hash or another issuer's suffix, so such a name is hashed. */
function encodeName(name: string, last: string, suffix: string, hash: () => string): string {
  const exact = `${name}${suffix}`;
  if (/^[\w+=,.@-]+$/.test(exact) && exact.length >= minLength && exact.length <= maxLength && !last.includes('='))
    return exact;
  const readable = name.replace(/[^\w+,.@-]/g, '-').slice(0, maxLength - hashLength - 1);
  return `${readable}=${hash()}`;
}
