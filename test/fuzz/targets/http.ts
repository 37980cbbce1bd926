// Requests of strangers, and events of any gateway, through the whole machine.
import fc from 'fast-check';
import { fromEvent, toResult } from '../../../lambda/events.ts';
import { secrets } from '../../core/fixtures.ts';
import { shapeNames, shapes, type PlainRequest } from '../../lambda/event-shapes.ts';
import { jsonOf, promise, refused, type Target } from '../target.ts';
import { askMachine, isCredential, request } from './asked-machine.ts';

const header = fc.tuple(
  fc.constantFrom('authorization', 'content-type', 'accept', 'origin', 'x-forwarded-for', 'user-agent', 'cookie'),
  fc.oneof(
    fc.constantFrom(
      `Bearer ${secrets.token}`,
      secrets.token,
      'Bearer ',
      'application/json',
      'application/json; charset=utf-8',
      'application/x-www-form-urlencoded',
      'application/problem+json',
      'https://app.example',
      'null',
    ),
    fc.string({ maxLength: 12 }),
  ),
);
const good = ['authorization', `Bearer ${secrets.token}`];
const httpRequest = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'get'),
    path: fc.constantFrom(
      '/v1/credentials',
      '/v1/credentials/documents',
      '/v1/credentials/',
      '/v1/credentials/a/b',
      '/sts',
      '/sts/',
      '/v1/identity',
      '/v1/explain',
      '/healthz',
      '/openapi.json',
      '/.well-known/tvm-configuration',
      '/V1/credentials',
      '//v1/credentials',
      '/v1/%63redentials',
      '',
    ),
    query: fc.array(
      fc.tuple(
        fc.constantFrom('durationSeconds', 'token', 'Token', 'x'),
        fc.constantFrom('900', '899', '3600', '1e3', ''),
      ),
      { maxLength: 2 },
    ),
    headers: fc
      .tuple(fc.boolean(), fc.array(header, { maxLength: 3 }))
      .map(([isGood, more]) => (isGood ? [good, ...more] : more)),
    body: fc.oneof(
      fc.constantFrom(
        '',
        '{}',
        '{"permissionSet":"documents"}',
        '{"tenant":"globex"}',
        '{"durationSeconds":900}',
        `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn:aws:iam::1:role/documents&RoleSessionName=a&WebIdentityToken=${secrets.token}`,
      ),
      fc.string({ maxLength: 30 }),
    ),
  })
  .map((parts) => JSON.stringify(parts));

const isPairs = (value: unknown): value is [string, string][] =>
  Array.isArray(value) &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((one) => typeof one === 'string'));
const lists = (pairs: readonly (readonly [string, string])[]): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const [name, value] of pairs) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
};

const http: Target = {
  name: 'http-request',
  words: [
    '/v1/credentials',
    '/sts',
    '/v1/identity',
    'Bearer ',
    secrets.token,
    '"authorization"',
    'durationSeconds',
    'OPTIONS',
    'HEAD',
    '%2f',
    '//',
    'application/json',
    'application/x-www-form-urlencoded',
    'globex',
  ],
  maxLength: 12_000,
  structured: httpRequest,
  check: async (input) => {
    const parts = (jsonOf(input)?.value ?? {}) as Readonly<Record<string, unknown>>;
    const { method, path, query, headers, body } = parts;
    if (typeof method !== 'string' || typeof path !== 'string' || typeof body !== 'string')
      return refused('no request');
    if (!isPairs(query) || !isPairs(headers)) return refused('no request');
    const lower = headers.map(([name, value]) => [name.toLowerCase(), value] as const);
    const asked = request({ method, path, query: lists(query), headers: lists(lower), body: Buffer.from(body) });
    const response = await askMachine(asked);
    const hasToken = lower.some(([name]) => name === 'authorization') || body.includes(secrets.token);
    promise(hasToken || !isCredential(response.body), 'vends without a token');
    return {
      accepted: response.status < 300,
      feature: `${path.slice(0, 20)} ${method.slice(0, 8)} ${response.status}`,
    };
  },
};

const eventValue = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom('GET', 'POST', '/v1/credentials', '/sts', `Bearer ${secrets.token}`),
);
const eventHeaders = fc.oneof(
  eventValue,
  fc.dictionary(
    fc.constantFrom('Authorization', 'authorization', 'Content-Type', 'x-forwarded-for'),
    fc.oneof(eventValue, fc.array(eventValue, { maxLength: 2 })),
    { maxKeys: 3 },
  ),
);
const eventText = fc
  .record(
    {
      version: fc.constantFrom<unknown>('2.0', '1.0', 1),
      httpMethod: eventValue,
      path: eventValue,
      rawPath: eventValue,
      rawQueryString: fc.constantFrom<unknown>('', 'durationSeconds=900', '%', 1),
      headers: eventHeaders,
      multiValueHeaders: eventHeaders,
      queryStringParameters: eventHeaders,
      multiValueQueryStringParameters: eventHeaders,
      cookies: fc.constantFrom<unknown>(['a=b'], 1, null),
      body: eventValue,
      isBase64Encoded: fc.constantFrom<unknown>(true, false, 'true', null),
      requestContext: fc.oneof(
        eventValue,
        fc.constantFrom(
          { elb: {} },
          { http: { method: 'GET' } },
          { http: { method: 'POST', sourceIp: 1 }, stage: 'v1' },
          { stage: 'prod', path: '/prod/sts', identity: null, requestId: 'a\nb' },
        ),
      ),
    },
    { requiredKeys: [] },
  )
  .map((event) => JSON.stringify(event));

/** Events as gateways really write them. */
const wholeEvent = fc
  .record({
    shape: fc.constantFrom(...shapeNames),
    method: fc.constantFrom('GET', 'POST'),
    path: fc.constantFrom('/v1/credentials', '/tvm/v1/credentials/documents', '/v1/identity', '/healthz', '/sts'),
    headers: fc.constantFrom([], [good], [good, ['content-type', 'application/json']], [good, good]),
    body: fc.constantFrom('{}', '{"durationSeconds":900}', '{'),
    query: fc.constantFrom([], [['durationSeconds', '900']]),
    binary: fc.boolean(),
  })
  .map(({ shape, ...plain }) => JSON.stringify(shapes[shape](plain as PlainRequest)));

const events: Target = {
  name: 'event',
  words: [
    '"requestContext":',
    '"elb":{}',
    '"http":{',
    '"httpMethod":"GET"',
    '"rawPath":"/v1/credentials"',
    '"multiValueHeaders":{',
    '"isBase64Encoded":true',
    'null',
    '[]',
    '{}',
    '"cookies":',
    '"stage":"v1"',
    '"path":',
    '"__proto__":',
  ],
  maxLength: 6000,
  structured: fc.oneof(eventText, wholeEvent),
  check: async (input) => {
    const read = jsonOf(input);
    if (read === undefined) return refused('not JSON');
    const asked = fromEvent(read.value, { basePath: '/tvm', newRequestId: () => 'r' });
    promise(typeof asked.method === 'string' && typeof asked.path === 'string', 'a request without method or path');
    promise(
      [...asked.headers.keys()].every((name) => name === name.toLowerCase()),
      'a header name in upper case',
    );
    promise(
      [...asked.headers.values(), ...asked.query.values()].every(
        (values) => values.length > 0 && values.every((value) => typeof value === 'string'),
      ),
      'a value that is no text',
    );
    promise(/^[\w=+/.-]{1,128}$/.test(asked.requestId), 'a request id that no header takes');
    const response = await askMachine({ ...asked, requestId: 'r' });
    const result = toResult({ headers: {}, ...response }, read.value);
    promise(
      Number.isInteger(result.statusCode) && typeof (result.body as unknown) === 'string',
      'a result that no gateway takes',
    );
    promise((result.headers === undefined) !== (result.multiValueHeaders === undefined), 'headers twice, or none');
    const dialect = result.statusDescription !== undefined ? 'load balancer' : 'gateway';
    return { accepted: response.status < 300, feature: `${dialect} ${asked.method.slice(0, 8)} ${response.status}` };
  },
};

export const httpTargets: readonly Target[] = [http, events];
