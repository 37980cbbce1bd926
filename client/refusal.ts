// How a vend fails, as clients see it. Messages are the machine's constant public texts: never a token, never a credential.

/** A refusal of the machine. `code` is the slug of docs/errors.md, such as `token-expired`. */
export class VendRefusedError extends Error {
  override readonly name = 'VendRefusedError';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | undefined;
  /** What the machine asked to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The machine's clock at the refusal, milliseconds since 1970. */
  readonly serverTime: number | undefined;

  constructor(
    code: string,
    message: string,
    status: number,
    requestId: string | undefined,
    details: { readonly retryAfterSeconds?: number | undefined; readonly serverTime?: number | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.serverTime = details.serverTime;
  }
}

/** The machine cannot be reached, or what answered is no token vending machine; then with the status of the answer. */
export class VendUnreachableError extends Error {
  override readonly name = 'VendUnreachableError';
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

const retryableCodes = ['internal', 'rate-limited', 'upstream-invalid', 'issuer-unavailable', 'sts-unavailable'];

/** Whether the same request with the same token may succeed later, by the "retry" column of docs/errors.md. A 500 is not enough:
 * `misconfigured` and `policy-too-large` stay until an operator acts. */
export function isOutage(cause: unknown): boolean {
  if (cause instanceof VendRefusedError) return retryableCodes.includes(cause.code);
  // No answer, or a gateway's own: 5xx pages pass, a 403 page or an HTML login does not.
  return cause instanceof VendUnreachableError && (cause.status === undefined || cause.status >= 500);
}

/** Reads a refusal's document. Gateways answer some requests themselves, without a `type`; their status has to do. */
export function toRefusal(
  status: number,
  document: Readonly<Record<string, unknown>>,
  retryAfter: string | null,
  now: number,
): VendRefusedError {
  const { type, Message: message, message: gatewayMessage, RequestId: requestId, ServerTime: serverTime } = document;
  const words = [message, gatewayMessage].find((one) => typeof one === 'string');
  return new VendRefusedError(
    typeof type === 'string' ? type.slice(type.indexOf('#') + 1) : codeOfStatus(status),
    words ?? `status ${status}`,
    status,
    typeof requestId === 'string' ? requestId : undefined,
    {
      retryAfterSeconds: parseRetryAfter(retryAfter, now),
      serverTime: typeof serverTime === 'string' ? parseTime(serverTime) : undefined,
    },
  );
}

function codeOfStatus(status: number): string {
  if (status === 429) return 'rate-limited';
  if (status >= 500) return 'internal';
  return status === 413 || status === 431 ? 'request-too-large' : 'refused';
}

/** Whole seconds or an HTTP date. @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = parseTime(value);
  return at === undefined ? undefined : Math.max(0, (at - now) / 1000);
}

function parseTime(value: string): number | undefined {
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
