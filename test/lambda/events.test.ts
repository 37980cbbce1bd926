// Event dialects: what a gateway says becomes a request, whatever it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromEvent } from '../../lambda/events.ts';

const read = (event: unknown, basePath = ''): ReturnType<typeof fromEvent> =>
  fromEvent(event, () => 'new-id', basePath);
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
