// Event dialects: what a gateway says becomes a request, whatever it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromEvent, toResult } from '../../lambda/events.ts';
import { seen } from './event-shapes.ts';

const read = (event: unknown, basePath = ''): ReturnType<typeof fromEvent> =>
  fromEvent(event, { newRequestId: () => 'new-id', basePath });
const event = (change: object = {}, context: object = {}): object => ({
  version: '2.0',
  rawPath: '/v1/credentials',
  rawQueryString: 'durationSeconds=900',
  headers: { authorization: 'Bearer a.b.c', 'content-type': 'application/json' },
  requestContext: {
    requestId: 'JKJaXmPLvHcESHA=',
    stage: '$default',
    http: { method: 'POST', sourceIp: '192.0.2.1' },
    ...context,
  },
  ...change,
});

describe('payload format 2.0', () => {
  it('gives method, path, query, headers, body, id and source address', () => {
    const request = read(event({ body: '{}' }));
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/credentials',
      requestId: 'JKJaXmPLvHcESHA=',
      sourceIp: '192.0.2.1',
    });
    expect(request.query.get('durationSeconds')).toEqual(['900']);
    expect(Buffer.from(request.body).toString()).toBe('{}');
  });

  it('decodes the base64 body of a form', () => {
    const body = Buffer.from('Action=AssumeRoleWithWebIdentity').toString('base64');
    expect(Buffer.from(read(event({ body, isBase64Encoded: true })).body).toString()).toBe(
      'Action=AssumeRoleWithWebIdentity',
    );
  });

  it('takes the stage off the path where it is named, and the base path', () => {
    expect(read(event({ rawPath: '/prod/v1/identity' }, { stage: 'prod' })).path).toBe('/v1/identity');
    expect(read(event({ rawPath: '/tvm/v1/identity' }), '/tvm').path).toBe('/v1/identity');
    expect(read(event({ rawPath: '/production/x' }, { stage: 'prod' })).path).toBe('/production/x');
  });

  it('reads a joined Authorization header as two', () => {
    expect(
      read(event({ headers: { Authorization: 'Bearer a.b.c,Bearer d.e.f' } })).headers.get('authorization'),
    ).toHaveLength(2);
    expect(
      read(event({ headers: { Authorization: 'a', authorization: 'b' } })).headers.get('authorization'),
    ).toHaveLength(2);
  });

  it('keeps repeated query parameters apart', () => {
    expect(read(event({ rawQueryString: 'a=1&a=2' })).query.get('a')).toEqual(['1', '2']);
  });

  it('takes no source address and no id from a header', () => {
    const forged = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'forged' };
    const request = read(event({ headers: forged }, { requestId: undefined, http: { method: 'GET' } }));
    expect(request.sourceIp).toBeUndefined();
    expect(request.requestId).toBe('new-id');
  });

  it('gives a request a new id where the event brings one that could forge a header', () => {
    expect(read(event({}, { requestId: 'x\r\nSet-Cookie: a' })).requestId).toBe('new-id');
  });

  it('P12 makes a request of any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        const request = read(json);
        expect(typeof request.path).toBe('string');
        expect(request.body).toBeInstanceOf(Uint8Array);
      }),
      { numRuns: 500 },
    );
  });

  it('P12 makes a request of any event-shaped JSON', () => {
    const shaped = fc.record(
      {
        rawPath: fc.jsonValue(),
        rawQueryString: fc.jsonValue(),
        headers: fc.jsonValue(),
        cookies: fc.jsonValue(),
        body: fc.jsonValue(),
        isBase64Encoded: fc.jsonValue(),
        requestContext: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(shaped, (json) => {
        read(json);
      }),
      { numRuns: 500 },
    );
  });
});

const restEvent = (change: object = {}, context: object = {}): object => ({
  resource: '/{proxy+}',
  path: '/v1/credentials',
  httpMethod: 'POST',
  headers: { Authorization: 'Bearer a.b.c' },
  multiValueHeaders: { Authorization: ['Bearer a.b.c'] },
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  requestContext: {
    requestId: 'rest-id',
    stage: 'prod',
    path: '/prod/v1/credentials',
    identity: { sourceIp: '192.0.2.1' },
  },
  body: null,
  isBase64Encoded: false,
  ...(Object.keys(context).length === 0
    ? {}
    : { requestContext: { requestId: 'rest-id', identity: { sourceIp: '192.0.2.1' }, ...context } }),
  ...change,
});

describe('payload format 1.0', () => {
  it('gives method, path, id, source address and an empty body', () => {
    const request = read(restEvent());
    expect(request).toMatchObject({
      method: 'POST',
      path: '/v1/credentials',
      requestId: 'rest-id',
      sourceIp: '192.0.2.1',
    });
    expect(request.headers.get('authorization')).toEqual(['Bearer a.b.c']);
    expect(request.body).toHaveLength(0);
  });

  it('takes the stage off where it is in the path, and not where it is off already', () => {
    expect(read(restEvent({ path: '/prod/v1/identity' }, { stage: 'prod', path: '/prod/v1/identity' })).path).toBe(
      '/v1/identity',
    );
    expect(read(restEvent({ path: '/v1/identity' }, { stage: 'v1', path: '/v1/v1/identity' })).path).toBe(
      '/v1/identity',
    );
    expect(read(restEvent({ path: '/production/x' }, { stage: 'prod', path: '/production/x' })).path).toBe(
      '/production/x',
    );
  });

  it('takes off the base path of a custom domain', () => {
    const context = { stage: 'prod', path: '/tvm/v1/identity' };
    expect(read(restEvent({ path: '/tvm/v1/identity' }, context), '/tvm').path).toBe('/v1/identity');
  });

  it('prefers lists, of headers and of the query', () => {
    const request = read(
      restEvent({
        headers: { Authorization: 'b', Accept: '*/*' },
        multiValueHeaders: { Authorization: ['a', 'b'] },
        queryStringParameters: { durationSeconds: '901', only: 'here' },
        multiValueQueryStringParameters: { durationSeconds: ['900', '901'] },
      }),
    );
    expect(request.headers.get('authorization')).toEqual(['a', 'b']);
    expect(request.headers.get('accept')).toEqual(['*/*']);
    expect(request.query.get('durationSeconds')).toEqual(['900', '901']);
    expect(request.query.get('only')).toEqual(['here']);
  });

  it('does not decode a query again', () => {
    const request = read(restEvent({ multiValueQueryStringParameters: { a: ['%39+'] } }));
    expect(request.query.get('a')).toEqual(['%39+']);
  });

  it('decodes a base64 body, only where the gateway says that it is one', () => {
    expect(Buffer.from(read(restEvent({ body: 'e30=', isBase64Encoded: true })).body).toString()).toBe('{}');
    expect(Buffer.from(read(restEvent({ body: 'e30=', isBase64Encoded: 'true' })).body).toString()).toBe('e30=');
  });
});

const albEvent = (change: object = {}): object => ({
  requestContext: { elb: { targetGroupArn: 'arn:x' } },
  httpMethod: 'GET',
  path: '/v1/credentials',
  queryStringParameters: {},
  headers: { authorization: 'a.b.c', 'x-forwarded-for': '203.0.113.9, 192.0.2.1' },
  body: '',
  isBase64Encoded: false,
  ...change,
});
const forwardedFor = (value: string): string | undefined =>
  read(albEvent({ headers: { 'x-forwarded-for': value } })).sourceIp;

describe('a load balancer', () => {
  it('gives a new id, also where a caller names one', () => {
    const headers = { 'x-amzn-trace-id': 'Root=1-forged', 'x-request-id': 'forged' };
    expect(read(albEvent({ headers })).requestId).toBe('new-id');
  });

  it.each([
    ['203.0.113.9, 192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['203.0.113.9,2001:db8::1', '2001:db8::1'],
    ['203.0.113.9, 192.0.2.1:443', '192.0.2.1'],
    ['203.0.113.9, [2001:db8::1]:443', '2001:db8::1'],
    ['203.0.113.9, <script>', undefined],
    ['203.0.113.9,', undefined],
    ['', undefined],
  ])('takes of X-Forwarded-For %j the last entry, where it is an address: %j', (value, expected) => {
    expect(forwardedFor(value)).toBe(expected);
  });

  it('decodes the query, once, in names and values', () => {
    const single = read(albEvent({ queryStringParameters: { 'access%5Ftoken': 'a%2Bb+c%2525' } }));
    expect([...single.query]).toEqual([['access_token', ['a+b c%25']]]);
    const many = read(albEvent({ multiValueQueryStringParameters: { a: ['1', '%32'], 'a%00': ['%'] } }));
    expect([...many.query]).toEqual([
      ['a', ['1', '2']],
      ['a\0', ['%']],
    ]);
  });

  it('answers as it asked: lists with lists, each with a status text', () => {
    const answer = { status: 405, headers: { Allow: 'GET, POST' }, body: '{}' };
    expect(toResult(answer, albEvent())).toEqual({
      statusCode: 405,
      statusDescription: '405 Method Not Allowed',
      headers: { Allow: 'GET, POST' },
      body: '{}',
      isBase64Encoded: false,
    });
    const many = toResult(answer, albEvent({ headers: undefined, multiValueHeaders: { host: ['x'] } }));
    expect(many).toMatchObject({ multiValueHeaders: { Allow: ['GET, POST'] } });
    expect(many).not.toHaveProperty('headers');
    expect(seen(many).headers).toEqual({ Allow: 'GET, POST' });
  });

  it('is known by requestContext.elb, which no caller can write', () => {
    const forged = { headers: { requestcontext: '{"elb":{}}' }, body: '{"requestContext":{"elb":{}}}' };
    expect(toResult({ status: 200, headers: {}, body: '' }, event(forged))).not.toHaveProperty('statusDescription');
  });
});
