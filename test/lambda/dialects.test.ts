// P11: equal requests get equal answers and equal records, whichever gateway carried them; P12: any JSON is answered.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../core/audit.ts';
import { configWith, now, stubMachine, type StubMachine } from '../core/fixtures.ts';
import { fromEvent } from '../../lambda/events.ts';
import { createMachineHandler, type Handler } from '../../lambda/handler.ts';
import { requestId, seen, shapeNames, shapes, sourceIp, type PlainRequest, type Shape } from './event-shapes.ts';
import { slugOf, startMachine, type Running } from './running-machine.ts';

let machine: StubMachine;
let handler: Handler;

beforeEach(() => {
  machine = stubMachine({
    config: configWith({ explain: true, cors: { origins: ['https://app.example.com'] } }),
    clock: () => now * 1000,
  });
  handler = createMachineHandler(machine);
});

interface Outcome {
  readonly answer: ReturnType<typeof seen>;
  readonly records: readonly Partial<AuditRecord>[];
}

async function outcome(shape: Shape, request: PlainRequest): Promise<Outcome> {
  machine.records.length = 0;
  const result = await handler(shapes[shape](request), { awsRequestId: requestId });
  return { answer: seen(result), records: machine.records.map((record) => ({ ...record, cold_start: false })) };
}

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const headerValue = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_./;="'.split('')), maxLength: 24 });
const plainRequest: fc.Arbitrary<PlainRequest> = fc.record(
  {
    method: fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'get'),
    path: fc.constantFrom(
      '/v1/credentials',
      '/v1/credentials/documents',
      '/v1/credentials/%64ocuments',
      '/v1/credentials/',
      '/v1/credentials/a/b',
      '/v1/identity',
      '/v1/explain',
      '/sts',
      '/healthz',
      '/.well-known/tvm-configuration',
      '/',
      '//v1/credentials',
      '/v1/credentials/..;/',
    ),
    query: fc.array(
      fc.tuple(
        fc.constantFrom('durationSeconds', 'access_token', 'a b', 'ä', 'x&y'),
        fc.constantFrom('900', '3600', '', '900+0', '%39', 'a=b&c', 'ü'),
      ),
      { maxLength: 3 },
    ),
    headers: fc.array(
      fc.oneof(
        fc.tuple(
          fc.constantFrom('Authorization', 'authorization'),
          fc.constantFrom(token, `Bearer ${token}`, 'Basic YTpi', ''),
        ),
        fc.tuple(
          fc.constantFrom('Content-Type'),
          fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-8'),
        ),
        fc.tuple(fc.constantFrom('Accept'), fc.constantFrom('*/*', 'application/problem+json')),
        fc.tuple(fc.constantFrom('Origin'), fc.constantFrom('https://app.example.com', 'https://evil.example.com')),
        fc.tuple(fc.constantFrom('User-Agent', 'X-Forwarded-For', 'Cookie', 'X-Anything'), headerValue),
      ),
      { maxLength: 5 },
    ),
    body: fc.constantFrom('{}', '{"durationSeconds":900}', '{"permissionSet":"documents"}', '{"tenant":"x"}', 'ä', '{'),
    binary: fc.boolean(),
  },
  { requiredKeys: ['method', 'path', 'query', 'headers'] },
);

function distinct(pairs: PlainRequest['headers']): boolean {
  const names = (pairs ?? []).map(([name]) => name.toLowerCase());
  return new Set(names).size === names.length;
}

/** The shapes that show a request whole: a load balancer without many-valued headers shows the last of repeated ones only. */
function comparable(request: PlainRequest): readonly Shape[] {
  const isWhole = distinct(request.headers) && distinct(request.query);
  return shapeNames.filter((shape) => isWhole || shape !== 'ALB, single values');
}

describe('P11, SEC-REQ-11 equal requests get equal answers', () => {
  it('because all five shapes are read alike, with odd names and values in headers, query and body', () => {
    const text = fc.string({ unit: 'binary', maxLength: 8 }).filter((one) => one.isWellFormed());
    const name = text.filter((one) => one !== '' && one !== '__proto__');
    const odd = fc.record({
      method: fc.constantFrom('GET', 'post'),
      path: fc.constantFrom('/v1/credentials', '/v1/x%2Fy', '/'),
      query: fc.array(fc.tuple(fc.oneof(name, fc.constant('a')), text), { maxLength: 4 }),
      headers: fc.array(fc.tuple(fc.constantFrom('Authorization', 'Accept', 'X-One', 'Cookie'), headerValue)),
      body: text.filter((one) => one !== ''),
      binary: fc.boolean(),
    });
    const read = (shape: Shape, request: PlainRequest): unknown => {
      const { headers, query, body, ...rest } = fromEvent(shapes[shape](request), {
        newRequestId: () => requestId,
        basePath: '',
      });
      const own = [...headers].filter(([header]) => header !== 'x-forwarded-for');
      // Maps compare without regard to order here: gateways keep that of values, not that of names.
      return { ...rest, headers: new Map(own), query, body: Buffer.from(body).toString('hex') };
    };
    fc.assert(
      fc.property(odd, (request) => {
        const [first, ...others] = comparable(request).map((shape) => read(shape, request));
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  it('over all five shapes, and leave equal records', async () => {
    await fc.assert(
      fc.asyncProperty(plainRequest, async (request) => {
        const [first, ...others] = await outcomes(comparable(request), request);
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 400 },
    );
  });

  async function outcomes(names: readonly Shape[], request: PlainRequest): Promise<readonly Outcome[]> {
    const all: Outcome[] = [];
    for (const name of names) all.push(await outcome(name, request));
    return all;
  }

  it.each(shapeNames)('of which a good one vends over %s', async (shape) => {
    const { answer, records } = await outcome(shape, {
      method: 'POST',
      path: '/v1/credentials/documents',
      headers: [
        ['Authorization', `Bearer ${token}`],
        ['Content-Type', 'application/json'],
      ],
      body: '{"durationSeconds":900}',
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'X-Request-Id': requestId } });
    expect(records).toMatchObject([
      { event: 'credentials.vended', duration_seconds: 900, source_ip: sourceIp, request_id: requestId },
    ]);
  });
});

describe('repeated Authorization headers', () => {
  it.each(shapeNames.filter((shape) => shape !== 'ALB, single values'))('are two tokens over %s', async (shape) => {
    const headers: PlainRequest['headers'] = [
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ];
    const { answer, records } = await outcome(shape, { method: 'GET', path: '/v1/credentials', headers });
    expect([answer.status, records[0]?.code]).toEqual([401, 'token-invalid']);
  });

  it.each(shapeNames)('are two tokens over %s where they were joined on the way', async (shape) => {
    const headers: PlainRequest['headers'] = [['Authorization', `Bearer ${token},Bearer ${token}`]];
    const { answer } = await outcome(shape, { method: 'GET', path: '/v1/credentials', headers });
    expect(answer.status).toBe(401);
  });

  it.each(shapeNames)('are two tokens over %s where their names differ in case', async (shape) => {
    const event = shapes[shape]({ method: 'GET', path: '/v1/credentials' }) as Record<string, unknown>;
    const many = { Authorization: [token], authorization: [token] };
    const single = { Authorization: token, authorization: token };
    const isMany = shape === 'REST API' || shape === 'ALB, many values';
    const result = await handler({ ...event, ...(isMany ? { multiValueHeaders: many } : { headers: single }) });
    expect(result.statusCode).toBe(401);
  });
});

describe('what a caller may write into an event', () => {
  it.each(shapeNames)(
    'SEC-RATE-02 leaves the source address of %s alone by a forged X-Forwarded-For',
    async (shape) => {
      const headers: PlainRequest['headers'] = [
        ['Authorization', token],
        ['X-Forwarded-For', '203.0.113.66, 10.0.0.1'],
        ['X-Real-Ip', '203.0.113.66'],
        ['Forwarded', 'for=203.0.113.66'],
      ];
      const { records } = await outcome(shape, { method: 'GET', path: '/v1/credentials', headers });
      expect(records[0]?.source_ip).toBe(sourceIp);
    },
  );

  it.each(shapeNames)('ignores a repeated, forged X-Forwarded-For over %s', async (shape) => {
    const headers: PlainRequest['headers'] = [
      ['X-Forwarded-For', '203.0.113.66'],
      ['X-Forwarded-For', '203.0.113.67'],
    ];
    const { records } = await outcome(shape, { method: 'GET', path: '/v1/credentials', headers });
    expect(records[0]?.source_ip).toBe(sourceIp);
  });
});

describe('SEC-REQ-13 an authorizer context', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startMachine();
  });
  afterAll(() => running.stop());

  const claims = { sub: 'mallory', tenant: 'globex', iss: 'x', aud: 'tvm' };
  const contexts = [
    { jwt: { claims, scopes: ['admin'] } },
    { claims },
    { lambda: { tenant: 'globex' } },
    { principalId: 'mallory', tenant: 'globex' },
    { iam: { userArn: 'arn:aws:iam::111122223333:root' } },
  ];

  it.each(shapeNames)('is nothing to go by over %s, with a token and without', async (shape) => {
    for (const authorizer of contexts) {
      for (const headers of [[], [['authorization', running.token()]]] as PlainRequest['headers'][]) {
        const event = shapes[shape]({ method: 'GET', path: '/v1/credentials', headers: headers! }) as {
          requestContext: object;
        };
        const result = await running.invoke({ ...event, requestContext: { ...event.requestContext, authorizer } });
        if (headers!.length === 0) expect([result.statusCode, slugOf(result)]).toEqual([401, 'token-missing']);
        else expect(JSON.parse(result.body)).toMatchObject({ Tenant: 'acme', Subject: 'alice' });
      }
    }
  });
});

describe('P12 any JSON is answered, never thrown', () => {
  const messy = fc.record(
    {
      version: fc.jsonValue(),
      httpMethod: fc.oneof(fc.jsonValue(), fc.constantFrom('GET', 'POST')),
      path: fc.oneof(fc.jsonValue(), fc.constant('/v1/credentials')),
      rawPath: fc.oneof(fc.jsonValue(), fc.constant('/v1/credentials')),
      headers: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
      multiValueHeaders: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())),
      queryStringParameters: fc.jsonValue(),
      multiValueQueryStringParameters: fc.jsonValue(),
      rawQueryString: fc.jsonValue(),
      cookies: fc.jsonValue(),
      body: fc.jsonValue(),
      isBase64Encoded: fc.jsonValue(),
      requestContext: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            elb: fc.jsonValue(),
            http: fc.jsonValue(),
            identity: fc.jsonValue(),
            stage: fc.jsonValue(),
            path: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        fc.constant({ elb: {} }),
        fc.constant({ http: {} }),
      ),
    },
    { requiredKeys: [] },
  );

  it('whatever dialect it resembles', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), messy), async (event) => {
        const result = await handler(event);
        expect(result.statusCode).toBeGreaterThanOrEqual(200);
        expect(result.isBase64Encoded).toBe(false);
        expect(seen(result).headers['X-Request-Id']).toBeTypeOf('string');
        if (result.statusCode !== 204) JSON.parse(result.body);
      }),
      { numRuns: 1_000 },
    );
  });
});
