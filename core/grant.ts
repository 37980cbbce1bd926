// Step 6: the grant, the decision which role, which permission set and how long. A pure function of configuration, verified
// claims, request and now; nothing downstream decides again.
import { readClaim, type VerifiedClaims } from './claims.ts';
import type { ClaimRule, PermissionSet, TrustedIssuer, VendingConfig } from './config.ts';
import { TvmError } from './errors.ts';
import { sts } from './limits.ts';
import type { VendRequest } from './request.ts';
import { findPermissionSet } from './session-policy.ts';
import { parseSubject } from './subject.ts';
import { isTenantId, type TenantId } from './tenant.ts';

/** What may be vended, decided. */
export interface Grant {
  readonly tenant: TenantId;
  readonly subject: string;
  readonly issuer: TrustedIssuer;
  readonly permissionSetName: string;
  readonly permissionSet: PermissionSet;
  readonly durationSeconds: number;
  /** The duration before the cap of the token's expiry. */
  readonly askedSeconds: number;
  /** Under that cap, the token's expiry: what is vended may not outlive it. Seconds since 1970. */
  readonly notAfter?: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Further session tags from claims, without the tenant tag. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Decides. `now` in seconds. Throws `request-invalid` (a permission set must be named), `permission-set-denied`,
 * `parameter-invalid`, `token-expires-too-soon`, `token-invalid` (no subject). */
export function decideGrant(
  config: VendingConfig,
  claims: VerifiedClaims,
  tenant: TenantId,
  request: VendRequest,
  now: number,
): Grant {
  const issuer = config.issuers[claims.issuerIndex]!;
  const permissionSetName = request.permissionSet ?? config.defaultPermissionSet;
  if (permissionSetName === undefined) {
    throw new TvmError('request-invalid', { detail: 'the request names no permission set and there is no default' });
  }
  const permissionSet = findPermissionSet(config, permissionSetName);
  if (!isEntitled(issuer, claims, permissionSetName, permissionSet)) {
    throw new TvmError('permission-set-denied', { detail: `the token may not use ${permissionSetName}` });
  }
  return {
    tenant,
    subject: parseSubject(readClaim(claims.all, issuer.subjectClaim)),
    issuer,
    permissionSetName,
    permissionSet,
    ...decideDuration(config, claims, permissionSet, request, now),
    parameters: decideParameters(permissionSet, claims, request),
    tags: decideTags(config, claims),
  };
}

/** The names of the permission sets the token may use. */
export function entitledPermissionSets(config: VendingConfig, claims: VerifiedClaims): readonly string[] {
  const issuer = config.issuers[claims.issuerIndex]!;
  return Object.entries(config.permissionSets)
    .filter(([name, set]) => isEntitled(issuer, claims, name, set))
    .map(([name]) => name);
}

function isEntitled(issuer: TrustedIssuer, claims: VerifiedClaims, name: string, set: PermissionSet): boolean {
  if (issuer.permissionSets !== undefined && !issuer.permissionSets.includes(name)) return false;
  return (set.requires ?? []).every((rule) => satisfies(claims, rule));
}

/** Exact by type and value: "true" is not true, and 5 is not "5". */
function satisfies(claims: VerifiedClaims, rule: ClaimRule): boolean {
  const value = readClaim(claims.all, rule.claim);
  if ('contains' in rule) {
    if (Array.isArray(value)) return value.some((entry) => entry === rule.contains);
    return typeof value === 'string' && value.split(' ').includes(rule.contains);
  }
  // Beyond 2^53 two different numbers of a token become one in JavaScript.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  return value === rule.equals;
}

function decideDuration(
  config: VendingConfig,
  claims: VerifiedClaims,
  set: PermissionSet,
  request: VendRequest,
  now: number,
): Pick<Grant, 'durationSeconds' | 'askedSeconds' | 'notAfter'> {
  const askedSeconds = Math.min(request.durationSeconds ?? config.session.durationSeconds, set.maxDurationSeconds);
  if (!config.session.capToTokenExpiry) return { durationSeconds: askedSeconds, askedSeconds };
  const left = Math.floor(claims.expiresAt - now);
  if (left < sts.minSessionSeconds)
    throw new TvmError('token-expires-too-soon', { detail: `the token has ${left} s left` });
  return { durationSeconds: Math.min(askedSeconds, left), askedSeconds, notAfter: claims.expiresAt };
}

function decideParameters(
  set: PermissionSet,
  claims: VerifiedClaims,
  request: VendRequest,
): Readonly<Record<string, string>> {
  const declared = set.parameters ?? {};
  const asked = request.parameters ?? {};
  for (const name of Object.keys(asked)) {
    const spec = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (spec?.from !== 'request')
      throw new TvmError('parameter-invalid', { detail: 'a parameter is not one the request may set' });
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, spec]) => {
      const value =
        spec.from === 'claim'
          ? readClaim(claims.all, spec.claim)
          : Object.hasOwn(asked, name)
            ? asked[name]
            : undefined;
      if (!isTenantId(value))
        throw new TvmError('parameter-invalid', { detail: `parameter ${name} is missing or outside the grammar` });
      return [name, value];
    }),
  );
}

/** Session tags from claims. A claim that is absent gives no tag; one that STS could not carry refuses. */
function decideTags(config: VendingConfig, claims: VerifiedClaims): Readonly<Record<string, string>> {
  const tags = new Map<string, string>();
  for (const [key, path] of Object.entries(config.session.tags)) {
    const value = readClaim(claims.all, path);
    if (value === undefined) continue;
    if (
      typeof value !== 'string' ||
      value.length > sts.maxTagValueLength ||
      !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(value)
    ) {
      throw new TvmError('parameter-invalid', { detail: `the claim of session tag ${key} cannot be a tag value` });
    }
    tags.set(key, value);
  }
  // As own properties, so that a tag key of any name stays a tag.
  return Object.fromEntries(tags);
}
