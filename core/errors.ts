// The one error of the product and the one table that gives each code its HTTP status, STS code and public text.
// Nothing else knows a status. Public texts are constants: they never carry a token, a claim, a secret or an ARN.

interface ErrorRow {
  /** HTTP status of the JSON routes. */
  readonly status: number;
  /** The `Code` that AWS SDKs read. */
  readonly code: string;
  /** Status and code of the STS Query route. */
  readonly sts: { readonly status: number; readonly code: string };
  /** Whether our own clients try again with the same token. */
  readonly retryable: boolean;
  readonly title: string;
  /** What the caller can do about it. */
  readonly detail: string;
}

const row = (
  status: number,
  code: string,
  stsStatus: number,
  stsCode: string,
  retryable: boolean,
  title: string,
  detail: string,
): ErrorRow => ({ status, code, sts: { status: stsStatus, code: stsCode }, retryable, title, detail });

const rows = {
  'token-missing': row(
    401,
    'MissingAuthenticationToken',
    400,
    'ValidationError',
    false,
    'token missing',
    'Send the token in exactly one Authorization header, bare or after "Bearer ".',
  ),
  'token-invalid': row(
    401,
    'IDPRejectedClaim',
    403,
    'IDPRejectedClaim',
    false,
    'token not accepted',
    'The token was not accepted. Get one from the configured issuer for this audience; the operator finds the reason in the audit record of this request id.',
  ),
  'token-expired': row(
    401,
    'ExpiredTokenException',
    400,
    'ExpiredTokenException',
    false,
    'token expired',
    'The token has expired. Get a new one from your issuer and try again.',
  ),
  'token-expires-too-soon': row(
    401,
    'ExpiredTokenException',
    400,
    'ExpiredTokenException',
    false,
    'token expires too soon',
    'Credentials may not outlive the token here, and it has under 900 seconds left. Get a new one from your issuer.',
  ),
  'token-not-yet-valid': row(
    401,
    'IDPRejectedClaim',
    403,
    'IDPRejectedClaim',
    false,
    'token not yet valid',
    'The token is not valid yet. Check the clock of the issuer.',
  ),
  'token-replayed': row(
    401,
    'IDPRejectedClaim',
    403,
    'IDPRejectedClaim',
    false,
    'token used before',
    'Each token is accepted once. Get a new one from your issuer.',
  ),
  'tenant-invalid': row(
    403,
    'AccessDenied',
    403,
    'AccessDenied',
    false,
    'tenant not accepted',
    'The token does not carry a tenant id of the configured form.',
  ),
  'tenant-not-allowed': row(
    403,
    'AccessDenied',
    403,
    'AccessDenied',
    false,
    'tenant not allowed',
    'The issuer of this token may not speak for this tenant.',
  ),
  'tenant-disabled': row(
    403,
    'AccessDenied',
    403,
    'AccessDenied',
    false,
    'tenant disabled',
    'This tenant is disabled. Ask the operator.',
  ),
  'permission-set-denied': row(
    403,
    'AccessDenied',
    403,
    'AccessDenied',
    false,
    'permission set denied',
    'This token may not use the requested permission set, or there is none of that name.',
  ),
  'request-invalid': row(
    400,
    'ValidationError',
    400,
    'ValidationError',
    false,
    'request not valid',
    'The request has an unknown, repeated or malformed field. See /openapi.json for what is accepted.',
  ),
  'parameter-invalid': row(
    400,
    'ValidationError',
    400,
    'ValidationError',
    false,
    'parameter not valid',
    'A parameter of the permission set is missing, unknown or not of the accepted form.',
  ),
  'duration-out-of-range': row(
    400,
    'ValidationError',
    400,
    'ValidationError',
    false,
    'duration out of range',
    'durationSeconds must be a whole number from 900 to 3600: STS allows one hour when a role assumes a role.',
  ),
  'not-found': row(
    404,
    'InvalidAction',
    400,
    'InvalidAction',
    false,
    'not found',
    'There is nothing here. If an AWS SDK sent this, check AWS_ENDPOINT_URL_STS: it redirects every STS call of the process.',
  ),
  'method-not-allowed': row(
    405,
    'InvalidAction',
    400,
    'InvalidAction',
    false,
    'method not allowed',
    'This path answers other methods; they are listed in the Allow header.',
  ),
  'request-too-large': row(
    413,
    'ValidationError',
    400,
    'ValidationError',
    false,
    'request too large',
    'The request body is larger than accepted.',
  ),
  'media-type-unsupported': row(
    415,
    'ValidationError',
    400,
    'ValidationError',
    false,
    'media type not supported',
    'Send the body as application/json.',
  ),
  'rate-limited': row(
    429,
    'Throttling',
    400,
    'Throttling',
    true,
    'rate limited',
    'Too many requests for this tenant. Wait as long as Retry-After says.',
  ),
  misconfigured: row(
    500,
    'InternalFailure',
    403,
    'AccessDenied',
    false,
    'not configured correctly',
    'The operator must mend the deployment; the audit record of this request id says what.',
  ),
  'policy-too-large': row(
    500,
    'PackedPolicyTooLarge',
    400,
    'PackedPolicyTooLarge',
    false,
    'session policy too large',
    'The permission set does not fit the limits of STS. The operator must make it smaller.',
  ),
  internal: row(
    500,
    'InternalFailure',
    500,
    'InternalFailure',
    true,
    'internal failure',
    'Something failed on our side. Try again; the request id finds it in the log.',
  ),
  'upstream-invalid': row(
    502,
    'ServiceUnavailable',
    503,
    'ServiceUnavailable',
    true,
    'upstream answer not valid',
    'AWS STS gave an answer that cannot be used. Try again.',
  ),
  'issuer-unavailable': row(
    503,
    'IDPCommunicationError',
    400,
    'IDPCommunicationError',
    true,
    'issuer unavailable',
    "The keys of the token's issuer cannot be fetched now. Wait as long as Retry-After says.",
  ),
  'sts-unavailable': row(
    503,
    'ServiceUnavailable',
    503,
    'ServiceUnavailable',
    true,
    'STS unavailable',
    'AWS STS cannot be reached now. Wait as long as Retry-After says.',
  ),
} as const satisfies Record<string, ErrorRow>;

/** The closed list of refusal codes; each is the fragment of the problem document's `type`. */
export type TvmErrorCode = keyof typeof rows;

export const errorTable: Readonly<Record<TvmErrorCode, ErrorRow>> = rows;

/** A refusal. `detail` is operator text for the audit record and never reaches the caller; `message` carries it, so never
 * put a message into an answer either. */
export class TvmError extends Error {
  override readonly name = 'TvmError';
  readonly code: TvmErrorCode;
  readonly detail: string | undefined;
  /** What is wrong with a document, one by one; empty where it was no document. */
  readonly issues: readonly { readonly pointer: string; readonly message: string }[];

  constructor(
    code: TvmErrorCode,
    options: { readonly detail?: string; readonly cause?: unknown; readonly issues?: TvmError['issues'] } = {},
  ) {
    const { detail, cause, issues = [] } = options;
    super(
      detail === undefined ? `${code}: ${rows[code].title}` : `${code}: ${detail}`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.detail = detail;
    this.issues = issues;
  }
}

/** Any thrown value as a refusal; what we did not foresee is `internal` and keeps its cause for the audit. */
export function toTvmError(thrown: unknown): TvmError {
  if (thrown instanceof TvmError) return thrown;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'a value that is no Error was thrown';
  return new TvmError('internal', { detail, cause: thrown });
}
