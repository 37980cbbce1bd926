// A web identity token: verified against the account's OpenID Connect providers, then read into the claims that STS uses. The
// signature comes first; nothing an unverified token says is used but its issuer, to choose the keys by equality. Fetches nothing.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
import { compactVerify, createLocalJWKSet, decodeJwt, errors, type JWTPayload } from 'jose';
import { isRecord } from '../../../core/iam/syntax.ts';
import { decodeUtf8, parseStrictJson, StrictJsonError } from '../../../core/strict-json.ts';
import type { LocalOidcProvider } from '../../account.ts';
import { AwsRefusal } from '../refusal.ts';
import { checkSourceIdentity, checkTags, type RequestedTags } from './session-tags.ts';

/** What a verified token says. */
export interface WebIdentity {
  readonly provider: LocalOidcProvider;
  readonly subject: string;
  /** `azp` where the token has one, else the first of `aud` that is a client id of the provider. */
  readonly audience: string;
  /** Every value of `aud`. */
  readonly audiences: readonly string[];
  readonly methods: readonly string[];
  readonly email: string | undefined;
  readonly tags: RequestedTags;
  readonly sourceIdentity: string | undefined;
}

/** EdDSA, which local issuers can sign with, is not among them on AWS. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
const bounds = { maxDepth: 16, maxMembers: 512 };
const claimNamespace = 'https://aws.amazon.com';

/** Verifies and reads a token. `now` in epoch milliseconds. Throws InvalidIdentityToken, ExpiredTokenException or IDPRejectedClaim. */
export async function readWebIdentity(
  untrustedToken: string,
  providers: readonly LocalOidcProvider[],
  now: number,
): Promise<WebIdentity> {
  const provider = findProvider(untrustedToken, providers);
  const claims = await verify(untrustedToken, provider);
  checkTimes(claims, now / 1000);
  const { sub: subject } = claims;
  if (typeof subject !== 'string' || subject === '') throw invalidToken('The ID Token has no subject (sub).');
  return {
    provider,
    subject,
    ...readAudience(claims, provider),
    methods: toStrings(claims['amr']) ?? [],
    email: typeof claims['email'] === 'string' ? claims['email'] : undefined,
    tags: readTags(claims),
    sourceIdentity: readSourceIdentity(claims),
  };
}

function findProvider(untrustedToken: string, providers: readonly LocalOidcProvider[]): LocalOidcProvider {
  let issuer: unknown;
  try {
    issuer = decodeJwt(untrustedToken).iss;
  } catch {
    throw invalidToken('The ID Token provided is not a valid JWT.');
  }
  const provider = providers.find((one) => one.issuer === issuer);
  if (provider === undefined) throw invalidToken('No OpenIDConnect provider found in your account for the issuer.');
  return provider;
}

async function verify(untrustedToken: string, { keys }: LocalOidcProvider): Promise<JWTPayload> {
  try {
    const { payload } = await compactVerify(untrustedToken, createLocalJWKSet({ keys: [...keys.keys] }), {
      algorithms,
    });
    const claims = parseStrictJson(decodeUtf8(payload), bounds);
    if (!isRecord(claims)) throw invalidToken('The ID Token provided is not a valid JWT.');
    return claims;
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) {
      throw invalidToken('The signature of the ID Token does not verify with a key of its provider.');
    }
    if (cause instanceof StrictJsonError) throw invalidToken('The ID Token provided is not a valid JWT.');
    throw cause;
  }
}

/** No leeway: what local mode calls expired is expired everywhere. */
function checkTimes({ exp, iat, nbf }: JWTPayload, nowSeconds: number): void {
  if (!Number.isInteger(exp) || !Number.isInteger(iat))
    throw invalidToken('The ID Token lacks exp or iat, or one is no integer.');
  if (exp! <= nowSeconds) {
    throw new AwsRefusal(
      'ExpiredTokenException',
      400,
      `Token expired: current date/time ${Math.floor(nowSeconds)} must be before the expiration date/time ${exp}`,
    );
  }
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= nowSeconds)) {
    throw rejectedClaim('The ID Token is not valid yet (nbf).');
  }
}

/** `azp` stands in front of `aud`, as in AWS: a token made out to one client by another is that other client's. */
function readAudience(
  claims: JWTPayload,
  { audiences }: LocalOidcProvider,
): Pick<WebIdentity, 'audience' | 'audiences'> {
  const given = toStrings(claims.aud);
  const party = claims['azp'];
  const candidates = party === undefined ? given : toStrings(party);
  const audience = candidates?.find((one) => audiences.includes(one));
  if (given === undefined || audience === undefined) throw invalidToken('Incorrect token audience');
  return { audience, audiences: given };
}

/** The nested form of the tags claim, or the flat one; both at once would be two readings. */
function readTags(claims: JWTPayload): RequestedTags {
  const nested = claims[`${claimNamespace}/tags`];
  const prefix = `${claimNamespace}/tags/principal_tags/`;
  const flat = Object.entries(claims).filter(([name]) => name.startsWith(prefix));
  const flatTransitive = claims[`${claimNamespace}/tags/transitive_tag_keys`];
  const isFlat = flat.length > 0 || flatTransitive !== undefined;
  if (nested !== undefined && isFlat) throw rejectedClaim('The tags claim stands there in two forms.');
  if (nested === undefined)
    return toTags(
      flat.map(([name, value]) => [name.slice(prefix.length), value]),
      flatTransitive,
    );
  if (!isRecord(nested)) throw rejectedClaim('The tags claim is no object.');
  const { principal_tags: tags = {}, transitive_tag_keys: transitive } = nested;
  if (!isRecord(tags)) throw rejectedClaim('principal_tags is no object.');
  return toTags(Object.entries(tags), transitive);
}

function toTags(entries: readonly (readonly [string, unknown])[], transitive: unknown): RequestedTags {
  const tags = entries.map(([key, value]): [string, string] => {
    const [only, ...more] = toStrings(value) ?? [];
    // A tag has one value; the first of several would be a guess.
    if (only === undefined || more.length > 0)
      throw rejectedClaim('A principal tag has not exactly one text as its value.');
    return [key, only];
  });
  const keys = transitive === undefined ? [] : toStrings(transitive);
  if (keys === undefined) throw rejectedClaim('transitive_tag_keys is no list of texts.');
  return checkClaim(() => checkTags(tags, keys));
}

function readSourceIdentity(claims: JWTPayload): string | undefined {
  const value = claims[`${claimNamespace}/source_identity`];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw rejectedClaim('source_identity is no text.');
  return checkClaim(() => checkSourceIdentity(value));
}

/** What STS calls a ValidationError in a parameter is a rejected claim in a token: the caller did not write it. */
function checkClaim<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof AwsRefusal) throw rejectedClaim(cause.message);
    throw cause;
  }
}

function toStrings(value: unknown): readonly string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((one) => typeof one === 'string') ? list : undefined;
}

function invalidToken(message: string): AwsRefusal {
  return new AwsRefusal('InvalidIdentityToken', 400, message);
}

function rejectedClaim(message: string): AwsRefusal {
  return new AwsRefusal('IDPRejectedClaim', 403, message);
}
