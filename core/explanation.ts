// The dry run's answer: what would be vended, and what one request with it would be decided, as far as the machine knows. The
// role's own policy is AWS's to read, so only wall one is decided here.
import { TvmError } from './errors.ts';
import { evaluate, type Decision, type PolicyDocument } from './iam/index.ts';
import { isRecord } from './iam/syntax.ts';
import { http } from './limits.ts';
import { parseVendRequest, type VendRequest } from './request.ts';
import { assumedRoleArn } from './session.ts';
import { parseStrictJson, StrictJsonError } from './strict-json.ts';
import { formatTime } from './time.ts';
import type { VendDecision } from './vend.ts';

/** A request to explain: what a vend takes, and the request whose decision is asked for. */
export interface ExplainRequest {
  readonly vend: VendRequest;
  readonly question?: {
    readonly action: string;
    readonly resource: string;
    readonly context: Readonly<Record<string, string | readonly string[]>>;
  };
}

/** Parses the JSON body. Throws `request-invalid` and what {@link parseVendRequest} throws. */
export function parseExplainRequest(untrustedBody: string): ExplainRequest {
  if (untrustedBody.length > http.maxBodyBytes) throw new TvmError('request-too-large');
  const body = parseBody(untrustedBody === '' ? '{}' : untrustedBody);
  const { action, resource, context, ...rest } = body;
  const vend = parseVendRequest(JSON.stringify(rest));
  // A context alone asks nothing; ignored, it would look as if it had been looked at.
  if (action === undefined && resource === undefined && context === undefined) return { vend };
  if (typeof action !== 'string' || typeof resource !== 'string' || (context !== undefined && !isContext(context))) {
    throw new TvmError('request-invalid', {
      detail: 'action and resource must be strings, context an object of strings or lists of them',
    });
  }
  return { vend, question: { action, resource, context: context ?? {} } };
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const body = parseStrictJson(text, { maxDepth: 4, maxMembers: 256 });
    if (isRecord(body)) return body;
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
  }
  throw new TvmError('request-invalid', { detail: 'the body is no JSON object' });
}

function isContext(value: unknown): value is Readonly<Record<string, string | readonly string[]>> {
  return (
    isRecord(value) &&
    Object.values(value).every(
      (one) => typeof one === 'string' || (Array.isArray(one) && one.every((item) => typeof item === 'string')),
    )
  );
}

/** Renders the explanation. `tenantTagKey` is the configured one; `now` in seconds since 1970. */
export function renderExplanation(
  decision: VendDecision,
  options: {
    readonly question?: ExplainRequest['question'];
    readonly tenantTagKey: string;
    readonly requestId: string;
    readonly now: number;
  },
): string {
  const { claims, grant, policy, input } = decision;
  const { question, requestId, now, tenantTagKey } = options;
  return JSON.stringify({
    Tenant: grant.tenant,
    Subject: grant.subject,
    Issuer: grant.issuer.issuer,
    TokenExpiration: formatTime(claims.expiresAt),
    PermissionSet: grant.permissionSetName,
    DurationSeconds: grant.durationSeconds,
    RoleArn: input.roleArn,
    RoleSessionName: input.roleSessionName,
    SourceIdentity: input.sourceIdentity,
    Tags: Object.fromEntries(input.tags.map(({ key, value }) => [key, value])),
    PolicyArns: input.policyArns,
    Policy: policy.document,
    Characters: policy.characters,
    PackedPercentEstimate: policy.packedPercentEstimate,
    ...(question === undefined ? {} : { Decision: decideBySession(decision, question, tenantTagKey) }),
    ServerTime: formatTime(now),
    RequestId: requestId,
  });
}

/** Wall one alone: the session policies, behind a role that allows everything. */
function decideBySession(
  { grant, policy, input }: VendDecision,
  question: NonNullable<ExplainRequest['question']>,
  tenantTagKey: string,
): Decision {
  const { context, ...request } = question;
  const managed = (grant.permissionSet.managedPolicies ?? []).map(({ document }) => document);
  const inline = grant.permissionSet.isolation === 'both' ? [policy.document] : [];
  const session = [...inline, ...managed];
  return evaluate({
    policies: { role: [everything], ...(session.length === 0 ? {} : { session }) },
    principal: principalOf(input.roleArn, input.roleSessionName, { [tenantTagKey]: grant.tenant, ...grant.tags }),
    request: { ...request, context },
  });
}

const everything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** The principal of a vended session. */
export function principalOf(
  roleArn: string,
  sessionName: string,
  tags: Readonly<Record<string, string>>,
): Parameters<typeof evaluate>[0]['principal'] {
  return {
    arn: roleArn,
    sessionArn: assumedRoleArn(roleArn, sessionName),
    accountId: roleArn.split(':')[4] ?? '',
    tags,
  };
}
