// Checks of the token and of the issuers it could come from. Nothing of the token but its public times and names is told.
import { requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { decodeToken, describeTimes } from '../commands/decode.ts';
import { describeFailure } from '../commands/failure.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Milliseconds. */
const timeout = 5_000;
/** Seconds. */
const soon = 60;

interface Issuer {
  readonly issuer: string;
  readonly audiences: readonly unknown[];
}

/** The issuers of a discovery document. */
export function readIssuers(discovery: Readonly<Record<string, unknown>>): readonly Issuer[] {
  const issuers: readonly unknown[] = Array.isArray(discovery['issuers']) ? discovery['issuers'] : [];
  return issuers
    .filter(isRecord)
    .flatMap(({ issuer, audiences }) =>
      typeof issuer === 'string' ? [{ issuer, audiences: Array.isArray(audiences) ? audiences : [] }] : [],
    );
}

/** Whether the issuer's keys can be fetched, from here: the machine may see more or less of the network. */
export async function checkIssuer({ issuer }: Issuer): Promise<Check> {
  const name = `issuer ${issuer}`;
  const beyond = 'the machine may reach it all the same; check it from there';
  try {
    const metadata = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!isRecord(metadata) || typeof metadata['jwks_uri'] !== 'string')
      return warn(name, 'has no discovery document', `${beyond}, or pin its keys with jwksUri`);
    if (metadata['issuer'] !== issuer)
      return fail(name, 'calls itself by another name', 'configure the issuer exactly as its discovery document says');
    const keys = await fetchJson(metadata['jwks_uri']);
    const count = isRecord(keys) && Array.isArray(keys['keys']) ? keys['keys'].length : 0;
    return count === 0 ? fail(name, 'publishes no keys', 'ask its operator') : ok(name, `${count} keys`);
  } catch {
    return warn(name, 'cannot be reached from here', beyond);
  }
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeout) });
  return response.ok ? response.json() : undefined;
}

/** What the token says, against what the machine takes; offline. */
export function checkToken(token: string, issuers: readonly Issuer[], now: number): readonly Check[] {
  let decoded;
  try {
    decoded = decodeToken(token);
  } catch (cause) {
    const { message, hint } = describeFailure(cause);
    return [fail('token', message, hint)];
  }
  const { iss, aud, exp, client_id: clientId } = decoded.claims;
  const times = describeTimes(decoded, now);
  const left = typeof exp === 'number' ? exp - now / 1000 : -1;
  const renew = 'get a new one from your issuer';
  const expiry =
    left < 0 ? fail('token', times, renew) : left < soon ? warn('token', times, renew) : ok('token', times);
  const issuer = issuers.find((one) => one.issuer === iss);
  if (issuer === undefined)
    return [
      expiry,
      fail('token issuer', 'is none that the machine trusts', `one of ${issuers.map((one) => one.issuer).join(', ')}`),
    ];
  const stated: readonly unknown[] = Array.isArray(aud) ? aud : [aud ?? clientId];
  const audience = stated.some((one) => issuer.audiences.includes(one))
    ? ok('token audience', 'is taken by the machine')
    : fail(
        'token audience',
        'is none that the machine takes',
        `ask the issuer for ${issuer.audiences.map(String).join(' or ')}`,
      );
  return [expiry, ok('token issuer', issuer.issuer), audience];
}

/** What the machine itself says of the token. */
export async function checkIdentity(url: string, token: string): Promise<Check> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const identity = await requestDocument({ url, token, signal }, '/v1/identity');
    const { Tenant: tenant, Subject: subject } = isRecord(identity) ? identity : {};
    return ok('identity', `tenant ${String(tenant)}, subject ${String(subject)}`);
  } catch (cause) {
    const { message, hint } = describeFailure(cause);
    return fail('identity', message, hint);
  }
}
