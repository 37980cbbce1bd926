// The token before it is trusted: strict decoding (RFC 7515, 7519) and nothing else. What comes out is still unverified; it
// may select a configured issuer by exact equality and a key by id, and must never steer a network call.
// @see https://www.rfc-editor.org/rfc/rfc8725 (JWT best current practices)
import { TvmError } from './errors.ts';
import { isRecord } from './iam/syntax.ts';
import { token as limits } from './limits.ts';
import { decodeUtf8, parseStrictJson, StrictJsonError } from './strict-json.ts';

/** A decoded, UNVERIFIED token. */
export interface UnverifiedToken {
  readonly algorithm: string;
  readonly keyId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The two segments that are signed, and the signature: as they stand in the token. */
  readonly signingInput: string;
  readonly signature: string;
}

const bounds = { maxDepth: limits.maxJsonDepth, maxMembers: limits.maxJsonMembers };
/** Types that say "access token" or nothing; a logout or security-event token of the same issuer must not vend. */
const acceptedTypes = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** Decodes strictly. Throws `token-invalid`, whose detail names the rule and never a value. */
export function decodeToken(untrustedToken: string): UnverifiedToken {
  if (untrustedToken.length > limits.maxBytes) throw refuse('the token is over 8 KiB');
  const segments = untrustedToken.split('.');
  if (segments.length !== 3) throw refuse('the token has not three segments');
  const [header, claims, signature] = segments as [string, string, string];
  checkBase64Url(signature);
  const headerMembers = decodeObject(header);
  const { alg: algorithm, kid: keyId, typ: type } = headerMembers;
  if (typeof algorithm !== 'string') throw refuse('the header has no alg');
  if (typeof keyId !== 'string' || keyId === '' || keyId.length > limits.maxKeyIdLength)
    throw refuse('the header has no proper kid');
  // RFC 7515 section 4.1.11: an extension we do not know and must understand is a reason to refuse.
  if (Object.hasOwn(headerMembers, 'crit') || Object.hasOwn(headerMembers, 'b64'))
    throw refuse('the header has crit or b64');
  if (type !== undefined && (typeof type !== 'string' || !acceptedTypes.has(type.toLowerCase())))
    throw refuse('the header has another typ');
  return { algorithm, keyId, claims: decodeObject(claims), signingInput: `${header}.${claims}`, signature };
}

function decodeObject(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseStrictJson(decodeText(segment), bounds);
    if (!isRecord(value)) throw refuse('a segment is no JSON object');
    return value;
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw refuse(`a segment is ${cause.message}`);
    throw cause;
  }
}

/** What may end a segment of each length modulo 4: in a last character whose bits are not all used, the rest must be 0. */
const lastCharacters = ['', '', 'AQgw', 'AEIMQUYcgkosw048'] as const;

/** Takes canonical base64url only: padding, other alphabets and stray trailing bits give one token many spellings.
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-3.5 */
function checkBase64Url(segment: string): void {
  const rest = segment.length % 4;
  if (rest === 1 || !/^[\w-]+$/.test(segment)) throw refuse('a segment is not base64url');
  if (rest !== 0 && !lastCharacters[rest]!.includes(segment.at(-1)!))
    throw refuse('a segment is not canonical base64url');
}

/** The text of a segment. Throws `token-invalid` and {@link StrictJsonError}. */
function decodeText(segment: string): string {
  checkBase64Url(segment);
  const octets = atob(segment.replaceAll('-', '+').replaceAll('_', '/'));
  // What is ASCII is its own UTF-8.
  return /^[\0-\x7f]*$/.test(octets) ? octets : decodeUtf8(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)));
}

function refuse(detail: string): TvmError {
  return new TvmError('token-invalid', { detail });
}
