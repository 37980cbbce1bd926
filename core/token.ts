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
  decodeBase64Url(signature);
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
  return { algorithm, keyId, claims: decodeObject(claims) };
}

function decodeObject(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseStrictJson(decodeUtf8(decodeBase64Url(segment)), bounds);
    if (!isRecord(value)) throw refuse('a segment is no JSON object');
    return value;
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw refuse(`a segment is ${cause.message}`);
    throw cause;
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The six bits of each ASCII character; -1 for those that are none. */
const sextets = Int8Array.from({ length: 128 }, (_, code) => alphabet.indexOf(String.fromCharCode(code)));

/** Decodes canonical base64url only: padding, other alphabets and stray trailing bits give one token many spellings. By hand,
 * because decoding with atob and encoding again to compare was a sixth of a cached vend.
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-3.5 */
function decodeBase64Url(segment: string): Uint8Array {
  if (segment === '' || segment.length % 4 === 1) throw refuse('a segment is not base64url');
  const bytes = new Uint8Array(Math.floor((segment.length * 6) / 8));
  let pending = 0;
  let bits = 0;
  let written = 0;
  for (let at = 0; at < segment.length; at += 1) {
    const sextet = sextets[segment.charCodeAt(at)] ?? -1;
    if (sextet < 0) throw refuse('a segment is not base64url');
    pending = ((pending << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[written] = pending >> bits;
      written += 1;
    }
  }
  if ((pending & ((1 << bits) - 1)) !== 0) throw refuse('a segment is not canonical base64url');
  return bytes;
}

function refuse(detail: string): TvmError {
  return new TvmError('token-invalid', { detail });
}
