// The STS Query protocol in front of the one path: AssumeRoleWithWebIdentity as unmodified AWS SDKs send it, answered in XML.
// Reads and renders only; who may have what is decided where the JSON routes decide it.
// @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
import type { VerifiedClaims } from '../claims.ts';
import type { TrustedIssuer, VendingConfig } from '../config.ts';
import type { Vended } from '../credentials.ts';
import { errorTable, TvmError, type TvmErrorCode } from '../errors.ts';
import { http, sts as limits, token as tokenLimits } from '../limits.ts';
import { parseQueryDuration, type VendRequest } from '../request.ts';
import { object, oneOf, string, type Issue } from '../schema.ts';
import { formatTime } from '../time.ts';
import { readForm } from './form.ts';
import { isCompactToken, type HttpRequest, type HttpResponse } from './http.ts';
import { publicDetail, retryHeaders, type ProblemOptions } from './problem.ts';
import { renderXml, type XmlElement } from './xml.ts';

const action = 'AssumeRoleWithWebIdentity';
const version = '2011-06-15';
const namespace = `https://sts.amazonaws.com/doc/${version}/`;

const anyText = string({ accepts: () => true, json: {} });

/** The whole form. Policy, PolicyArns and ProviderId are not in it and so refused: STS unites a caller's policies with ours,
 * which widens, and a parameter that is ignored has not done what its sender meant. */
export const stsFormSchema = object(
  {
    Action: oneOf(action),
    Version: oneOf(version),
    RoleArn: string(),
    WebIdentityToken: anyText,
  },
  {
    RoleSessionName: anyText,
    DurationSeconds: string({
      accepts: () => true,
      json: { pattern: '^[0-9]{3,4}$', examples: [String(limits.minSessionSeconds)] },
    }),
  },
);

/** Reads the request. Throws `not-found` (another action or version), `token-missing`, `token-invalid`, `request-invalid`,
 * `duration-out-of-range`, and what {@link readForm} throws. */
export function readStsRequest(
  request: HttpRequest,
  config: VendingConfig,
): { readonly token: string; readonly request: VendRequest } {
  // A token in a URL ends up in access logs, and two places for parameters are two readings.
  if (request.query.size > 0) throw new TvmError('request-invalid', { detail: 'there are parameters in the query' });
  const form = readForm(request);
  // First of all, because AWS_ENDPOINT_URL_STS sends every STS call of a process here, each with parameters of its own.
  if (form.get('Action') !== action || form.get('Version') !== version)
    throw new TvmError('not-found', { detail: 'another action or version of STS' });
  const token = readWebIdentityToken(form.get('WebIdentityToken') ?? '');
  const issues: Issue[] = [];
  const fields = stsFormSchema.parse(Object.fromEntries(form), '', issues);
  if (fields === undefined)
    throw new TvmError('request-invalid', { detail: 'the form has an unknown parameter, or no RoleArn' });
  const { RoleArn: roleArn, DurationSeconds: duration } = fields;
  return {
    token,
    request: {
      permissionSet: selectPermissionSet(config, roleArn),
      ...(duration === undefined ? {} : { durationSeconds: parseQueryDuration(duration) }),
    },
  };
}

/** SDKs send the token file as it is, and editors end files with a line end. */
function readWebIdentityToken(untrustedText: string): string {
  const token = untrustedText.trim();
  if (token === '') throw new TvmError('token-missing');
  if (token.length > tokenLimits.maxBytes) throw new TvmError('token-invalid', { detail: 'the token is over 8 KiB' });
  if (!isCompactToken(token)) throw new TvmError('token-invalid', { detail: 'WebIdentityToken is no JWT' });
  return token;
}

/** The permission set that a RoleArn names: the one whose role it is, else the one called like its last segment, whatever
 * account and path stand before. A name that no set has is returned as it is and denied where every unknown name is, after the
 * token is verified: refused here, it would tell strangers which sets there are. */
function selectPermissionSet(config: VendingConfig, untrustedRoleArn: string): string {
  const [only, ...others] = Object.entries(config.permissionSets).filter(([, set]) => set.roleArn === untrustedRoleArn);
  if (only !== undefined && others.length === 0) return only[0];
  const isRoleArn = /^arn:[^:/]+:iam::[^:/]*:role\//.test(untrustedRoleArn);
  return isRoleArn ? untrustedRoleArn.slice(untrustedRoleArn.lastIndexOf('/') + 1) : '';
}

/** Renders vended credentials as STS would. Names and sizes of the session are those of the session there is: the caller's
 * RoleSessionName is not echoed. */
export function renderStsAnswer(vended: Vended & { readonly claims: VerifiedClaims }, requestId: string): HttpResponse {
  const text = renderAnswer(vended, vended.grant.subject, requestId);
  // Bytes: AWS C clients give up over 10,000 of them, and no SDK needs the subject.
  const fits = new TextEncoder().encode(text).length <= http.maxAnswerBytes;
  return respond(200, requestId, fits ? text : renderAnswer(vended, undefined, requestId));
}

function renderAnswer(
  { claims, grant, input, role }: Vended & { readonly claims: VerifiedClaims },
  subject: string | undefined,
  requestId: string,
): string {
  const result: readonly XmlElement[] = [
    [
      'Credentials',
      [
        ['AccessKeyId', role.accessKeyId],
        ['SecretAccessKey', role.secretAccessKey],
        ['SessionToken', role.sessionToken],
        ['Expiration', formatTime(role.expiration)],
      ],
    ],
    [
      'AssumedRoleUser',
      [
        ['AssumedRoleId', role.assumedRoleId],
        ['Arn', role.assumedRoleArn],
      ],
    ],
    ['SubjectFromWebIdentityToken', subject],
    ['Provider', grant.issuer.issuer],
    ['Audience', acceptedAudience(grant.issuer, claims)],
    ['SourceIdentity', input.sourceIdentity],
    ['PackedPolicySize', role.packedPolicySize],
  ];
  return renderXml(
    [
      `${action}Response`,
      [
        [`${action}Result`, result],
        ['ResponseMetadata', [['RequestId', requestId]]],
      ],
    ],
    namespace,
  );
}

/** The audience that the token was accepted for: a configured one, so a token's further audiences stay the caller's own. */
function acceptedAudience(issuer: TrustedIssuer, { all }: VerifiedClaims): string | undefined {
  const stated: readonly unknown[] = [all['aud'] ?? all['client_id']].flat();
  return issuer.audiences.find((audience) => stated.includes(audience));
}

/** Where the text of the JSON routes would mislead: constants as well. */
const messages: Partial<Readonly<Record<TvmErrorCode, string>>> = {
  'token-missing': 'Send the token as WebIdentityToken; AWS SDKs read it from the file of AWS_WEB_IDENTITY_TOKEN_FILE.',
  'request-invalid':
    'Send Action, Version, RoleArn, RoleSessionName, WebIdentityToken and, if wanted, DurationSeconds, each once, in the body. Policy, PolicyArns and ProviderId are not accepted.',
  'permission-set-denied':
    'This token may not use the permission set that RoleArn names, or there is none. RoleArn (AWS_ROLE_ARN) is the role of a permission set, or any role ARN that ends in its name.',
  'duration-out-of-range': `DurationSeconds must be a whole number from ${limits.minSessionSeconds} to ${limits.maxChainedSessionSeconds}: STS allows one hour when a role assumes a role.`,
  'not-found': `Only ${action} of version ${version} is answered here. AWS_ENDPOINT_URL_STS redirects every STS call of the process: set it for one profile, in its services section, instead.`,
  'method-not-allowed': `Send ${action} by POST, its parameters in the body.`,
  'media-type-unsupported': 'Send the parameters as application/x-www-form-urlencoded.',
};

/** Renders a refusal as STS would: status and code of the error table's STS columns. */
export function renderStsRefusal(
  refusal: TvmError,
  options: Pick<ProblemOptions, 'requestId' | 'publicDiagnostics'>,
): HttpResponse {
  const { sts, detail } = errorTable[refusal.code];
  const error: XmlElement = [
    'ErrorResponse',
    [
      [
        'Error',
        [
          ['Type', sts.status < 500 ? 'Sender' : 'Receiver'],
          ['Code', sts.code],
          ['Message', publicDetail(refusal, messages[refusal.code] ?? detail, options.publicDiagnostics)],
        ],
      ],
      ['RequestId', options.requestId],
    ],
  ];
  const response = respond(sts.status, options.requestId, renderXml(error, namespace));
  return { ...response, headers: { ...response.headers, ...retryHeaders(refusal.code) } };
}

function respond(status: number, requestId: string, body: string): HttpResponse {
  return { status, headers: { 'Content-Type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
