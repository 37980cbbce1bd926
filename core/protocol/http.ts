// HTTP as the product sees it, whatever gateway is in front: a request, an answer, and how a token is read from a request.
// No routing and no decisions here.
// @see https://www.rfc-editor.org/rfc/rfc6750 (bearer tokens)
import { TvmError } from '../errors.ts';
import { token as limits } from '../limits.ts';

/** A request, translated from an event. Header names are in lower case; every value is untrusted. */
export interface HttpRequest {
  readonly method: string;
  /** Raw path without stage and base path, not percent-decoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, readonly string[]>;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
  readonly requestId: string;
  /** From the gateway's request context only. */
  readonly sourceIp?: string;
}

/** An answer, to be translated into a result. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The only value of a header, or undefined where it is absent. Throws `request-invalid` where it is repeated. */
export function singleHeader(request: HttpRequest, name: string): string | undefined {
  const values = request.headers.get(name) ?? [];
  if (values.length > 1) throw new TvmError('request-invalid', { detail: `the header ${name} is repeated` });
  return values[0];
}

const tokenParameters = ['access_token', 'id_token', 'token', 'jwt', 'authorization', 'bearer'];

/** The token of a request: exactly one Authorization header, bare or after `Bearer`. SDK container providers send a token
 * file's content as the whole header. Throws `token-missing`, `token-invalid`, `request-invalid`. */
export function readToken(request: HttpRequest): string {
  const values = request.headers.get('authorization') ?? [];
  const inQuery = [...request.query.keys()].some((name) => tokenParameters.includes(name.toLowerCase()));
  if (values.length === 0) throw new TvmError('token-missing');
  // A token in a URL ends up in access logs, so one that is there as well is refused loudly.
  if (inQuery) throw new TvmError('request-invalid', { detail: 'the query holds a token' });
  if (values.length > 1) throw new TvmError('token-invalid', { detail: 'the Authorization header is repeated' });
  const value = values[0]!;
  if (value.length > limits.maxBytes + 'bearer '.length)
    throw new TvmError('token-invalid', { detail: 'the token is over 8 KiB' });
  if (value === '') throw new TvmError('token-missing');
  const token = value.replace(/^bearer /i, '');
  if (!isCompactToken(token))
    throw new TvmError('token-invalid', { detail: 'the Authorization header is no bearer token' });
  return token;
}

/** Whether a text has the shape of a signed JWT: three base64url segments and nothing around them.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
export function isCompactToken(text: string): boolean {
  return /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text);
}
