// Step 3: what a caller may ask for. A closed list of fields; the tenant is never one of them.
import { TvmError } from './errors.ts';
import { isRecord } from './iam/syntax.ts';
import { http, maxReasonLength, sts } from './limits.ts';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

/** A request to vend, as far as the caller may shape it. */
export interface VendRequest {
  readonly permissionSet?: string;
  readonly durationSeconds?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reason?: string;
}

const bounds = { maxDepth: 4, maxMembers: 128 };

/** Parses the JSON body of a POST. Throws `request-invalid`, `duration-out-of-range`, `parameter-invalid`. */
export function parseVendRequest(untrustedBody: string): VendRequest {
  const body = parseBody(untrustedBody);
  const request: { -readonly [K in keyof VendRequest]: VendRequest[K] } = {};
  for (const [field, value] of Object.entries(body)) {
    if (field === 'permissionSet') request.permissionSet = parseText(field, value, 32);
    else if (field === 'reason') request.reason = parseText(field, value, maxReasonLength);
    else if (field === 'parameters') request.parameters = parseParameters(value);
    else if (field !== 'durationSeconds')
      throw new TvmError('request-invalid', { detail: 'the body has an unknown field' });
    // null asks for the default, as an absent field does.
    else if (value !== null) request.durationSeconds = parseDurationSeconds(value);
  }
  return request;
}

/** Parses `durationSeconds` of a query: decimal digits only. Throws `duration-out-of-range`. */
export function parseQueryDuration(untrustedText: string): number {
  return parseDurationSeconds(/^\d{1,6}$/.test(untrustedText) ? Number(untrustedText) : untrustedText);
}

/** A duration that STS can give to a chained role session. Throws `duration-out-of-range`. */
function parseDurationSeconds(value: unknown): number {
  const { minSessionSeconds, maxChainedSessionSeconds } = sts;
  if (
    typeof value !== 'number' ||
    !Number.isInteger(value) ||
    value < minSessionSeconds ||
    value > maxChainedSessionSeconds
  ) {
    throw new TvmError('duration-out-of-range', { detail: 'durationSeconds is no whole number from 900 to 3600' });
  }
  return value;
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    if (text.length > http.maxBodyBytes) throw new TvmError('request-too-large');
    const body = parseStrictJson(text, bounds);
    if (isRecord(body)) return body;
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new TvmError('request-invalid', { detail: `the body is ${cause.message}` });
  }
  throw new TvmError('request-invalid', { detail: 'the body is no JSON object' });
}

function parseText(field: string, value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength || !value.isWellFormed()) {
    throw new TvmError('request-invalid', { detail: `${field} is no string of at most ${maxLength} characters` });
  }
  return value;
}

function parseParameters(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw new TvmError('request-invalid', { detail: 'parameters is no object' });
  for (const parameter of Object.values(value)) {
    if (typeof parameter !== 'string') throw new TvmError('parameter-invalid', { detail: 'a parameter is no string' });
  }
  return value as Readonly<Record<string, string>>;
}
