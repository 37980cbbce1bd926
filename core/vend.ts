// The one path of a vend, read top to bottom. Every step is a pure decision or a port; success and refusal leave through the
// same audit. Nothing may be added between the audit and the return.
import { AuditTrail, type Attempt, type AuditEvent } from './audit.ts';
import { readClaim, type VerifiedClaims } from './claims.ts';
import { checkAssumedRole, type Vended } from './credentials.ts';
import { toTvmError, TvmError } from './errors.ts';
import { decideGrant, entitledPermissionSets, type Grant } from './grant.ts';
import type { Machine } from './ports.ts';
import type { VendRequest } from './request.ts';
import { checkMadeFor, type MadeCredentials } from './reuse.ts';
import { buildAssumeRoleInput, type AssumeRoleInput } from './session.ts';
import { renderSessionPolicy, type SessionPolicy } from './session-policy.ts';
import { parseSubject } from './subject.ts';
import { decideTenant } from './tenant.ts';

/** Token and request as read from the wire (steps 2 and 3); called inside, so that its refusals are audited too. */
export type ReadRequest = () => { readonly token: string; readonly request: VendRequest };

/** Vends credentials for one request, and tells for whose claims. Rejects with a TvmError of any code, after its audit record
 * is written. */
export async function vend(
  machine: Machine,
  attempt: Attempt,
  read: ReadRequest,
  signal: AbortSignal,
): Promise<Vended & Pick<VendDecision, 'claims'>> {
  return audited(machine, attempt, vendEvents, async (trail) => {
    const { claims, grant } = await authorise(machine, trail, read, signal);
    const { input, role, madeAt } = await obtain(machine, trail, grant, signal);
    const vended = { claims, grant, input, role, madeAt };
    trail.vended(vended);
    return vended;
  });
}

/** Steps 7 to 9, or credentials of the very same call that were vended before. Behind the authorisation, never before it. */
async function obtain(
  machine: Machine,
  trail: AuditTrail,
  grant: Grant,
  signal: AbortSignal,
): Promise<MadeCredentials> {
  const { clock, sha256, reuseCredentials } = machine;
  const make = async (timeLeft: AbortSignal): Promise<MadeCredentials> => {
    const { policy, input } = decideCall(machine, trail, grant);
    const askedAt = clock();
    const role = await machine.assumeRole(input, timeLeft).finally(() => {
      trail.stsMilliseconds(clock() - askedAt);
    });
    // Before anything else, so that the answer for another session is neither vended nor kept.
    checkAssumedRole(role, input, clock() / 1000);
    return { input, policyText: policy.text, role, madeAt: clock() / 1000 };
  };
  trail.cache(reuseCredentials === undefined ? 'off' : 'miss');
  if (reuseCredentials === undefined) return make(signal);
  const { made, isHit } = await reuseCredentials({ grant, now: clock() / 1000, make, signal });
  checkMadeFor(made, grant);
  if (isHit) {
    trail.cache('hit');
    trail.policy(made.policyText, sha256);
  }
  return made;
}

/** Everything about one vend that is decided before STS is asked. */
export interface VendDecision {
  readonly claims: VerifiedClaims;
  readonly grant: Grant;
  readonly policy: SessionPolicy;
  readonly input: AssumeRoleInput;
}

/** Decides as {@link vend} does and asks nobody: for a dry run. Rejects as {@link vend} does. */
export async function explain(
  machine: Machine,
  attempt: Attempt,
  read: ReadRequest,
  signal: AbortSignal,
): Promise<VendDecision> {
  return audited(machine, attempt, identityEvents, async (trail) => {
    const { claims, grant } = await authorise(machine, trail, read, signal);
    return { claims, grant, ...decideCall(machine, trail, grant) };
  });
}

/** Steps 2 to 6: may this request have anything, and what. */
async function authorise(
  machine: Machine,
  trail: AuditTrail,
  read: ReadRequest,
  signal: AbortSignal,
): Promise<Pick<VendDecision, 'claims' | 'grant'>> {
  const { config, sha256, clock } = machine;
  const { token, request } = read();
  trail.token(token, sha256);
  trail.reason(request.reason);

  const claims = await machine.verifyToken(token, signal);
  trail.claims(claims, config.issuers[claims.issuerIndex]!);

  const tenant = decideTenant(config, claims);
  trail.tenant(tenant);

  const grant = decideGrant(config, claims, tenant, request, clock() / 1000);
  trail.grant(grant);
  return { claims, grant };
}

/** Steps 7 and 8: the session policy and the call of a grant. */
function decideCall(
  { config, sha256 }: Machine,
  trail: AuditTrail,
  grant: Grant,
): Pick<VendDecision, 'policy' | 'input'> {
  const policy = renderSessionPolicy(config, grant.permissionSetName, grant);
  trail.policy(policy.text, sha256);
  return { policy, input: buildAssumeRoleInput(config, grant, policy, sha256) };
}

/** Who the caller is, as the machine sees it. */
export interface Identity {
  readonly tenant: string;
  readonly subject: string;
  readonly issuer: string;
  readonly permissionSets: readonly string[];
  /** `exp` of the token, seconds since 1970. */
  readonly tokenExpiresAt: number;
}

/** Steps 2 to 5 only: verifies and tells who the caller is. No STS call. Rejects as {@link vend} does. */
export async function identify(
  machine: Machine,
  attempt: Attempt,
  readToken: () => string,
  signal: AbortSignal,
): Promise<Identity> {
  return audited(machine, attempt, identityEvents, async (trail) => {
    const { config, sha256 } = machine;
    const token = readToken();
    trail.token(token, sha256);
    const claims = await machine.verifyToken(token, signal);
    const issuer = config.issuers[claims.issuerIndex]!;
    trail.claims(claims, issuer);
    const tenant = decideTenant(config, claims);
    trail.tenant(tenant);
    return {
      tenant,
      subject: parseSubject(readClaim(claims.all, issuer.subjectClaim)),
      issuer: issuer.issuer,
      permissionSets: entitledPermissionSets(config, claims),
      tokenExpiresAt: claims.expiresAt,
    };
  });
}

/** The record of a browser's preflight, which decides nothing but is a request to the credential routes all the same. */
export async function recordPreflight(machine: Machine, attempt: Attempt): Promise<void> {
  await machine.writeAudit(new AuditTrail(attempt).toRecord('credentials.preflight', machine.clock()));
}

interface AuditEvents {
  readonly done: AuditEvent;
  readonly refused: AuditEvent;
}

const vendEvents: AuditEvents = { done: 'credentials.vended', refused: 'credentials.refused' };
const identityEvents: AuditEvents = { done: 'identity.read', refused: 'identity.refused' };

/** The one place where an attempt ends: exactly one record, for success and refusal alike. */
async function audited<T>(
  machine: Machine,
  attempt: Attempt,
  events: AuditEvents,
  steps: (trail: AuditTrail) => Promise<T>,
): Promise<T> {
  const trail = new AuditTrail(attempt);
  let result: T;
  try {
    result = await steps(trail);
  } catch (thrown) {
    const refusal = toTvmError(thrown);
    trail.refused(refusal);
    await record(machine, trail, events.refused);
    throw refusal;
  }
  // If this fails the result stays here: what is not recorded is not vended.
  await record(machine, trail, events.done);
  return result;
}

async function record(machine: Machine, trail: AuditTrail, event: AuditEvent): Promise<void> {
  try {
    await machine.writeAudit(trail.toRecord(event, machine.clock()));
  } catch (cause) {
    throw new TvmError('internal', { detail: 'the audit record could not be written', cause });
  }
}
