// Refusals on the wire: RFC 9457 problem documents with the `Code` and `Message` that AWS SDKs read. All text is constant per
// code; `detail` of an error never gets here except under diagnostics 'public' for token-invalid.
// @see https://www.rfc-editor.org/rfc/rfc9457
import { errorTable, type TvmError, type TvmErrorCode } from '../errors.ts';
import { http } from '../limits.ts';
import { formatTime } from '../time.ts';
import type { HttpResponse } from './http.ts';

/** Where the codes are explained; the fragment is the code. */
export const errorDocumentation =
  'https://github.com/token-vending-machine/token-vending-machine/blob/main/docs/errors.md';

/** How a refusal is put into words. `now` in seconds since 1970. */
export interface ProblemOptions {
  readonly requestId: string;
  readonly now: number;
  /** Whether `Accept` asks for application/problem+json. */
  readonly asProblem: boolean;
  readonly publicDiagnostics: boolean;
}

/** Renders a refusal. */
export function renderProblem(refusal: TvmError, options: ProblemOptions): HttpResponse {
  const { status, code, title, detail: constant } = errorTable[refusal.code];
  const detail = publicDetail(refusal, constant, options.publicDiagnostics);
  const body = {
    type: `${errorDocumentation}#${refusal.code}`,
    title,
    status,
    detail,
    Code: code,
    Message: detail,
    RequestId: options.requestId,
    ServerTime: formatTime(options.now),
  };
  return {
    status,
    headers: {
      // No charset: Go and Kotlin compare the whole value.
      'Content-Type': options.asProblem ? 'application/problem+json' : 'application/json',
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="tvm", error="invalid_token"' } : {}),
      ...retryHeaders(refusal.code),
    },
    body: JSON.stringify(body),
  };
}

/** The public text of a refusal: the constant, with the reason of a token-invalid where diagnostics are public. */
export function publicDetail(refusal: TvmError, constant: string, publicDiagnostics: boolean): string {
  return publicDiagnostics && refusal.code === 'token-invalid' && refusal.detail !== undefined
    ? `${constant} Reason: ${refusal.detail}.`
    : constant;
}

/** When to come back, for the codes where waiting helps. */
export function retryHeaders(code: TvmErrorCode): Readonly<Record<string, string>> {
  const { status } = errorTable[code];
  return status === 429 || status === 503 ? { 'Retry-After': String(http.retryAfterSeconds) } : {};
}
