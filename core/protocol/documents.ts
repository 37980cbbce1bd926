// The shapes of our JSON answers and of the question to explain, as schemas: /openapi.json shows them, and the tests hold real
// answers against them. Answers are open, so that a later member breaks no generated client.
import { vendRequestSchema } from '../request.ts';
import { anyObject, integer, list, map, matching, object, oneOf, string, type JsonSchema } from '../schema.ts';

const time = matching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/, 'a time in UTC, whole seconds');
const text = string();
const anyText = string({ accepts: () => true, json: {} });
const count = integer(0, Number.MAX_SAFE_INTEGER);

/** The 200 of the credential routes. */
export const credentialsSchema = object(
  {
    Version: integer(1, 1),
    AccessKeyId: text,
    SecretAccessKey: text,
    Token: text,
    Expiration: time,
    RefreshAfter: time,
    AccountId: text,
    RoleArn: text,
    AssumedRoleArn: text,
    Tenant: text,
    Subject: text,
    PermissionSet: text,
    RequestId: text,
  },
  // Left out: over 9,500 bytes; where sourceIdentity is 'none'; where STS did not tell.
  { SessionToken: text, SourceIdentity: text, PackedPolicySize: count },
);

export const identitySchema = object(
  {
    Tenant: text,
    Subject: text,
    Issuer: text,
    PermissionSets: list(text),
    TokenExpiration: time,
    ServerTime: time,
    RequestId: text,
  },
  { DefaultPermissionSet: text },
);

/** What explain takes: what a vend takes, and the request whose decision is asked for. */
export const explainRequestJson = (): JsonSchema => ({
  ...vendRequestSchema.json,
  properties: {
    ...(vendRequestSchema.json['properties'] as JsonSchema),
    action: { ...anyText.json, examples: ['s3:GetObject'] },
    resource: { ...anyText.json, examples: ['arn:aws:s3:::bucket/acme/report.txt'] },
    context: {
      type: 'object',
      additionalProperties: { oneOf: [anyText.json, list(anyText).json] },
    },
  },
  dependentRequired: { action: ['resource'], resource: ['action'] },
});

export const explanationSchema = object(
  {
    Tenant: text,
    Subject: text,
    Issuer: text,
    TokenExpiration: time,
    PermissionSet: text,
    DurationSeconds: count,
    RoleArn: text,
    RoleSessionName: text,
    Tags: map(/^/, 'a tag key', anyText),
    PolicyArns: list(text),
    Policy: anyObject,
    Characters: count,
    PackedPercentEstimate: count,
    ServerTime: time,
    RequestId: text,
  },
  { SourceIdentity: text, Decision: anyObject },
);

/** A refusal: RFC 9457, with the members that AWS SDKs read. */
export const problemSchema = object(
  {
    type: string({ json: { format: 'uri' } }),
    title: text,
    status: integer(400, 599),
    detail: text,
    Code: text,
    Message: text,
    RequestId: text,
    ServerTime: time,
  },
  {},
);

export const discoverySchema = object(
  {
    credentials_endpoint: text,
    sts_endpoint: text,
    identity_endpoint: text,
    openapi_endpoint: text,
    issuers: list(object({ issuer: text, audiences: list(text), algorithms: list(text) }, {})),
    protocols: list(text),
    token_methods: list(text),
    duration_seconds: object({ default: count, minimum: count, maximum: count }, {}),
  },
  { explain_endpoint: text },
);

export const healthSchema = object({ status: oneOf('ok') }, {});
