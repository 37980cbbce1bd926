// The document at /openapi.json: OpenAPI 3.1 of this API, put together from the route table, the error table and the schemas
// that validate, so that it cannot promise what the code does not do. It names no tenant, role, policy or permission set.
// @see https://spec.openapis.org/oas/v3.1.1
import { permissionSetName } from '../config-schema.ts';
import { errorTable, type TvmErrorCode } from '../errors.ts';
import { vendRequestSchema } from '../request.ts';
import type { JsonSchema } from '../schema.ts';
import {
  credentialsSchema,
  discoverySchema,
  explainRequestJson,
  explanationSchema,
  healthSchema,
  identitySchema,
  problemSchema,
} from './documents.ts';
import { errorDocumentation, retryHeaders } from './problem.ts';
import { routes, type Route } from './routes.ts';
import { stsFormSchema } from './sts-query.ts';
import { stsAnswerJson, stsErrorJson } from './sts-xml-schema.ts';

type Kind = Route['kind'];

const rendered = new Map<boolean, string>();

/** The document as JSON, made on first use. `explain`: whether that route is there. */
export function renderOpenApi(explain: boolean): string {
  const text = rendered.get(explain) ?? JSON.stringify(describeApi(explain));
  rendered.set(explain, text);
  return text;
}

function describeApi(explain: boolean): JsonSchema {
  const present = routes.filter(({ kind }) => explain || kind !== 'explain');
  return {
    openapi: '3.1.1',
    info: {
      title: 'Token vending machine',
      version: '1',
      description:
        "Exchanges a tenant's token (a JWT) for temporary AWS credentials that reach this tenant's data only.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(
      present.map(({ path, kind, methods }) => [
        path,
        Object.fromEntries(methods.map((method) => [method.toLowerCase(), describeOperation(path, kind, method)])),
      ]),
    ),
    components: {
      schemas: {
        Credentials: open(credentialsSchema.json),
        Identity: open(identitySchema.json),
        Discovery: open(discoverySchema.json),
        Health: open(healthSchema.json),
        VendRequest: vendRequestSchema.json,
        ...(explain ? { ExplainRequest: explainRequestJson(), Explanation: open(explanationSchema.json) } : {}),
        StsRequest: stsFormSchema.json,
        StsAnswer: stsAnswerJson,
        StsError: stsErrorJson,
        Problem: open(problemSchema.json),
        ...Object.fromEntries(allCodes.map((code) => [problemName(code), describeProblem(code)])),
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "The token of a configured issuer. AWS SDKs' container providers send it without `Bearer`.",
        },
      },
    },
  };
}

const allCodes = Object.keys(errorTable) as TvmErrorCode[];

const identityCodes: readonly TvmErrorCode[] = [
  'token-missing',
  'token-invalid',
  'token-expired',
  'token-not-yet-valid',
  'tenant-invalid',
  'tenant-not-allowed',
  'request-invalid',
  'internal',
  'issuer-unavailable',
];
/** Of a vend: all but those of paths and methods that the document does not have. */
const vendCodes = allCodes.filter((code) => code !== 'not-found' && code !== 'method-not-allowed');
const explainCodes = vendCodes.filter((code) => code !== 'upstream-invalid' && code !== 'sts-unavailable');

interface OperationText {
  readonly summary: string;
  readonly answer: string;
  readonly codes: readonly TvmErrorCode[];
}

const operations: Readonly<Record<Exclude<Kind, 'sts'>, OperationText>> = {
  credentials: { summary: 'Vend credentials', answer: 'Credentials', codes: vendCodes },
  identity: { summary: 'Who the token speaks for; asks nobody', answer: 'Identity', codes: identityCodes },
  explain: { summary: 'Decide without vending: a dry run', answer: 'Explanation', codes: explainCodes },
  discovery: { summary: 'What clients need to find their way', answer: 'Discovery', codes: [] },
  openapi: { summary: 'This document', answer: '', codes: [] },
  health: { summary: 'Alive; calls nothing', answer: 'Health', codes: [] },
};

function describeOperation(path: string, kind: Kind, method: string): JsonSchema {
  const operationId = `${method.toLowerCase()}${path.replace(/[^A-Za-z]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')}${path.endsWith('/') ? 'Slash' : ''}`;
  if (kind === 'sts') return { operationId, ...describeSts() };
  const { summary, answer, codes } = operations[kind];
  const body = method === 'POST' ? (kind === 'explain' ? 'ExplainRequest' : 'VendRequest') : undefined;
  const parameters = [
    ...(path.includes('{permissionSet}') ? [pathParameter] : []),
    ...(kind === 'credentials' && method === 'GET' ? [durationParameter()] : []),
  ];
  return {
    operationId,
    summary,
    security: codes.length === 0 ? [] : [{ token: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: false, content: { 'application/json': { schema: reference(body) } } } }),
    responses: {
      '200': {
        description: summary,
        headers: requestIdHeader,
        content: { 'application/json': { schema: answer === '' ? { type: 'object' } : reference(answer) } },
      },
      ...describeRefusals(codes),
    },
  };
}

function durationParameter(): JsonSchema {
  const properties = vendRequestSchema.json['properties'] as Readonly<Record<string, JsonSchema>>;
  return { name: 'durationSeconds', in: 'query', schema: { ...properties['durationSeconds'], type: 'integer' } };
}
const pathParameter = {
  name: 'permissionSet',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: permissionSetName.source },
};
const requestIdHeader = {
  'X-Request-Id': { description: 'Finds the audit record.', schema: { type: 'string' } },
};

/** Refusals by HTTP status, each with the problem documents that have it. */
function describeRefusals(codes: readonly TvmErrorCode[]): JsonSchema {
  const byStatus = Object.groupBy(codes, (code) => errorTable[code].status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, same = []]) => {
      const problems = { schema: { oneOf: same.map((code) => reference(problemName(code))) } };
      const headers = {
        ...requestIdHeader,
        ...(status === '401' ? { 'WWW-Authenticate': { schema: { type: 'string' } } } : {}),
        ...retryAfterHeader(same),
      };
      const content = { 'application/json': problems, 'application/problem+json': problems };
      return [status, { description: same.map((code) => errorTable[code].title).join('; '), headers, content }];
    }),
  );
}

/** The members of a refusal that are constants of its code. */
function describeProblem(code: TvmErrorCode): JsonSchema {
  const { status, code: sdkCode, title, detail } = errorTable[code];
  return {
    ...reference('Problem'),
    description: detail,
    properties: {
      type: { const: `${errorDocumentation}#${code}` },
      title: { const: title },
      status: { const: status },
      Code: { const: sdkCode },
    },
  };
}

const problemName = (code: TvmErrorCode): string => `problem.${code}`;

/** Made when the document is, not at every cold start. */
function describeSts(): JsonSchema {
  return {
    summary: 'AssumeRoleWithWebIdentity of the STS Query API, for AWS_ENDPOINT_URL_STS',
    description:
      'The token goes into the form. RoleArn names the permission set: the role of one, or any role ARN that ends in its name. Every other Action is refused with InvalidAction.',
    security: [],
    requestBody: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: reference('StsRequest') } },
    },
    responses: {
      '200': {
        description: 'Credentials',
        headers: requestIdHeader,
        content: { 'text/xml': { schema: reference('StsAnswer') } },
      },
      ...describeStsRefusals(),
    },
  };
}

/** Refusals by the status that they have on this route. */
function describeStsRefusals(): JsonSchema {
  const byStatus = Object.groupBy(allCodes, (code) => errorTable[code].sts.status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, same = []]) => [
      status,
      {
        description: [...new Set(same.map((code) => errorTable[code].sts.code))].join(', '),
        headers: { ...requestIdHeader, ...retryAfterHeader(same) },
        content: { 'text/xml': { schema: reference('StsError') } },
      },
    ]),
  );
}

function retryAfterHeader(codes: readonly TvmErrorCode[]): JsonSchema {
  const isSent = codes.some((code) => 'Retry-After' in retryHeaders(code));
  return isSent ? { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } : {};
}

function reference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An answer's schema without the closedness that the tests want of it. */
function open({ additionalProperties, ...rest }: JsonSchema): JsonSchema {
  return additionalProperties === false ? rest : { ...rest, additionalProperties };
}
