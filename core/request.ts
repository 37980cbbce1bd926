// Step 3: what a caller may ask for. A closed list of fields; the tenant is never one of them.
import { TvmError } from './errors.ts';
import { isRecord } from './iam/syntax.ts';
import { http, maxReasonLength, sts } from './limits.ts';
import { integer, map, object, string, type Issue, type Schema } from './schema.ts';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';

/** A request to vend, as far as the caller may shape it. */
export interface VendRequest {
  readonly permissionSet?: string;
  readonly durationSeconds?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly reason?: string;
}

const bounds = { maxDepth: 4, maxMembers: 128 };

const shortText = (maxLength: number): Schema<string> =>
  string({
    accepts: (text) => text.length <= maxLength && text.isWellFormed(),
    what: `a string of at most ${maxLength} characters`,
    json: { maxLength },
  });

const duration = integer(sts.minSessionSeconds, sts.maxChainedSessionSeconds);
/** null asks for the default, as an absent field does. */
const durationOrDefault: Schema<number | null> = {
  json: { ...duration.json, type: ['integer', 'null'] },
  parse: (input, pointer, issues) => (input === null ? null : duration.parse(input, pointer, issues)),
};

const parameterValue = string({ accepts: () => true, what: 'a string', json: {} });

/** The body of a POST. It refuses and it is what /openapi.json shows. */
export const vendRequestSchema = object(
  {},
  {
    permissionSet: shortText(32),
    durationSeconds: durationOrDefault,
    // Their names are the permission set's to check, once it is known.
    parameters: {
      ...map(/^/, 'a name', parameterValue),
      json: { type: 'object', additionalProperties: parameterValue.json },
    },
    reason: shortText(maxReasonLength),
  },
);

/** Parses the JSON body of a POST. Throws `request-invalid`, `duration-out-of-range`, `parameter-invalid`. */
export function parseVendRequest(untrustedBody: string): VendRequest {
  const body = parseBody(untrustedBody);
  const issues: Issue[] = [];
  const parsed = vendRequestSchema.parse(body, '', issues);
  if (parsed === undefined) throw toRefusal(issues[0]!);
  const { durationSeconds, ...rest } = parsed;
  return typeof durationSeconds === 'number' ? { ...rest, durationSeconds } : rest;
}

/** Details are constants: a pointer may end in a name that the caller chose. */
function toRefusal({ pointer, message }: Issue): TvmError {
  if (pointer === '/durationSeconds')
    return new TvmError('duration-out-of-range', { detail: `durationSeconds ${message}` });
  if (pointer.startsWith('/parameters/'))
    return new TvmError('parameter-invalid', { detail: 'a parameter is no string' });
  return new TvmError('request-invalid', { detail: `a field of the body ${message}` });
}

/** Parses `durationSeconds` of a query: decimal digits only. Throws `duration-out-of-range`. */
export function parseQueryDuration(untrustedText: string): number {
  const issues: Issue[] = [];
  // A duration that STS can give to a chained role session.
  const seconds = duration.parse(/^\d{1,6}$/.test(untrustedText) ? Number(untrustedText) : untrustedText, '', issues);
  if (seconds === undefined)
    throw new TvmError('duration-out-of-range', { detail: `durationSeconds ${issues[0]!.message}` });
  return seconds;
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
