// When credentials vended before may be handed out again: only to a grant that would have got the very same ones, only with a
// good while left, never beyond what the grant may have. Pure; who keeps them is the port's business.
import type { AssumedRole } from './credentials.ts';
import { TvmError } from './errors.ts';
import type { Grant } from './grant.ts';
import { reuse } from './limits.ts';
import type { AssumeRoleInput } from './session.ts';

/** Credentials with the call they came from. */
export interface MadeCredentials {
  readonly input: AssumeRoleInput;
  readonly policyText: string;
  readonly role: AssumedRole;
  /** Seconds since 1970. */
  readonly madeAt: number;
}

/** Everything that shapes the credentials of a grant, besides the configuration, which is one for the life of a cache: the
 * rendered policy, role, tags, names and external id are functions of these. Injective, because JSON of strings and numbers is:
 * no value can end its place and begin the next. The duration is the one before the cap of the token's expiry, which
 * {@link isReusable} judges instead. */
export function reuseKey({ permissionSetName, permissionSet, issuer, tenant, subject, ...grant }: Grant): string {
  return JSON.stringify([
    permissionSetName,
    issuer.name,
    issuer.issuer,
    tenant,
    // A set whose sessions are shared names the tenant only, so that its users share credentials too.
    permissionSet.sessionName === 'tenant' ? null : subject,
    grant.askedSeconds,
    Object.entries(grant.parameters),
    Object.entries(grant.tags),
  ]);
}

/** Whether a grant's credentials can be worth keeping at all: those of a short life never have enough of it left. */
export function isWorthKeeping({ durationSeconds }: Grant): boolean {
  return durationSeconds > reuse.minSecondsLeft;
}

/** Whether kept credentials of the same key may be handed out. SDKs in Python and .NET come back below 15 minutes, so with less
 * than half an hour left new ones are due; and under the cap none may outlive the token. `now` in seconds. */
export function isReusable({ role }: MadeCredentials, { notAfter }: Grant, now: number): boolean {
  // Written so that an expiration that is no number is not reusable.
  return role.expiration - now >= reuse.minSecondsLeft && !(role.expiration > (notAfter ?? Infinity));
}

/** Whether reusable credentials should be renewed by the request at hand: early, while the old ones can still stand in if STS
 * fails. `now` in seconds. */
export function isDueForRenewal({ role }: MadeCredentials, now: number): boolean {
  return role.expiration - now < reuse.minSecondsLeft + reuse.renewalSeconds;
}

/** The last wall before kept credentials leave: whatever a cache does wrong, they are those of this grant's tenant and role.
 * Throws `internal`. */
export function checkMadeFor({ input }: MadeCredentials, { tenant, permissionSet }: Grant): void {
  if (input.tags[0]?.value !== tenant || input.roleArn !== permissionSet.roleArn) {
    throw new TvmError('internal', { detail: 'the cache gave credentials of another grant' });
  }
}

/** The port: hands out kept credentials or makes and keeps new ones. */
export type ReuseCredentials = (question: {
  readonly grant: Grant;
  /** Seconds since 1970. */
  readonly now: number;
  /** Makes new ones within the signal's time; called at most once. */
  readonly make: (signal: AbortSignal) => Promise<MadeCredentials>;
  /** The request's own time. */
  readonly signal: AbortSignal;
}) => Promise<{ readonly made: MadeCredentials; readonly isHit: boolean }>;
