// What a failed AssumeRole call means: which of our codes, and whether another try may help. Words of STS are quoted for known
// codes only: SignatureDoesNotMatch, for one, repeats the request's headers and with them the function's own session token.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
import { TvmError, type TvmErrorCode } from '../../core/errors.ts';

/** `final`: trying again gives the same. `expired-credentials`: ours, not the caller's. `skewed`: the connection has just learned the
 * right time from the answer. `unreachable`: nobody answered; another endpoint may. */
export type StsFailureKind =
  'final' | 'throttled' | 'server-error' | 'unreachable' | 'expired-credentials' | 'skewed' | 'out-of-time';

export interface StsFailure {
  readonly kind: StsFailureKind;
  readonly refusal: TvmError;
  /** How full STS found the session policy, where it says so; percent. */
  readonly packedPolicyPercent?: number;
}

/** Wire codes of STS without the `Exception` that the SDK appends to some of them. None of these is the caller's doing. */
const denials: Readonly<Record<string, TvmErrorCode>> = {
  AccessDenied: 'misconfigured',
  MalformedPolicyDocument: 'misconfigured',
  RegionDisabled: 'misconfigured',
  ValidationError: 'misconfigured',
  InvalidClientTokenId: 'misconfigured',
  OptInRequired: 'misconfigured',
  NotAuthorized: 'misconfigured',
  PackedPolicyTooLarge: 'policy-too-large',
};
const throttled = new Set(['Throttling', 'RequestLimitExceeded', 'RequestThrottled', 'TooManyRequests', 'SlowDown']);
const refusedForTime = new Set(['RequestExpired', 'RequestTimeTooSkewed', 'SignatureDoesNotMatch']);
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Reads whatever a connection threw. */
export function readStsFailure(cause: unknown): StsFailure {
  const { name = '', code = '', message = '', $metadata, $response } = describe(cause);
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
  const wireCode = name.replace(/Exception$/, '');
  const fail = (kind: StsFailureKind, slug: TvmErrorCode, said: string): StsFailure => ({
    kind,
    refusal: new TvmError(slug, { detail: `AssumeRole: ${said}`.slice(0, 500), cause }),
  });
  const quoted = `${name} ${message}`;

  if (Object.hasOwn(denials, wireCode)) {
    const failure = fail('final', denials[wireCode]!, quoted);
    const [, percent] = /(\d{1,6})\s?%/.exec(message) ?? [];
    const isTooLarge = wireCode === 'PackedPolicyTooLarge' && percent !== undefined;
    return isTooLarge ? { ...failure, packedPolicyPercent: Number(percent) } : failure;
  }
  if (throttled.has(wireCode) || status === 429) return fail('throttled', 'sts-unavailable', known(name, status));
  if (wireCode === 'ExpiredToken') return fail('expired-credentials', 'sts-unavailable', quoted);
  if (refusedForTime.has(wireCode)) {
    const kind = $metadata?.clockSkewCorrected === true ? 'skewed' : 'final';
    return fail(kind, 'sts-unavailable', known(name, status));
  }
  if (name === 'AbortError') return fail('out-of-time', 'sts-unavailable', 'not in time');
  if (name === 'TimeoutError' || unreachable.has(code)) return fail('unreachable', 'sts-unavailable', quoted);
  if (status >= 500) return fail('server-error', 'sts-unavailable', known(name, status));
  // What is left nobody can read: HTML of a proxy, half a document, a code that is not in the book.
  return fail('final', 'upstream-invalid', known(name, status));
}

/** A code and a status, without words that came from outside. */
function known(name: string, status: number): string {
  return `${/^[A-Za-z]{1,64}$/.test(name) ? name : 'no code'}, status ${status}`;
}

interface ErrorFacts {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly statusCode?: number };
}

function describe(cause: unknown): ErrorFacts {
  return typeof cause === 'object' && cause !== null ? cause : {};
}
