// Requests as callers abuse them, over the whole function: each is refused with its own code, without credentials, without a
// call of STS, and with exactly one record.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seen, shapes, type PlainRequest } from './event-shapes.ts';
import { slugOf, startMachine, type Running } from './running-machine.ts';

let running: Running;

beforeAll(async () => {
  running = await startMachine({ cors: { origins: ['https://app.example.com'] } });
});

afterAll(() => running.stop());

let recordsBefore: number;
let callsBefore: number;

beforeEach(() => {
  recordsBefore = running.records().length;
  callsBefore = running.stsCalls();
});

const json = ['content-type', 'application/json'] as const;
const bearer = (): readonly [string, string] => ['authorization', `Bearer ${running.token()}`];
const post = (body: string, ...headers: (readonly [string, string])[]): Partial<PlainRequest> => ({
  method: 'POST',
  body,
  headers: [bearer(), ...(headers.length === 0 ? [json] : headers)],
});

async function expectRefusal(request: Partial<PlainRequest>, status: number, slug: string): Promise<void> {
  const result = await running.vend(request);
  expect([result.statusCode, slugOf(result)]).toEqual([status, slug]);
  const { headers, body } = seen(result);
  // SEC-RESP-02: what every refusal is.
  expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  const problem = JSON.parse(body) as Record<string, unknown>;
  expect(Object.keys(problem).sort()).toEqual(
    ['Code', 'Message', 'RequestId', 'ServerTime', 'detail', 'status', 'title', 'type'].sort(),
  );
  expect(problem['RequestId']).toBe(headers['X-Request-Id']);
  expect(body).not.toMatch(
    /arn:|111122223333|node_modules|\bat [\w./]+:\d+|aws-jwt-verify|middy|ASIA|SessionToken|eyJ/,
  );
  expect(running.stsCalls()).toBe(callsBefore);
}

const recorded = (): number => running.records().length - recordsBefore;

describe('SEC-REQ', () => {
  it('SEC-REQ-01 a permission set that the token is not entitled to, in body and path', async () => {
    await expectRefusal(post('{"permissionSet":"admin"}'), 403, 'permission-set-denied');
    await expectRefusal({ path: '/v1/credentials/admin' }, 403, 'permission-set-denied');
    await expectRefusal({ path: '/v1/credentials/nothing' }, 403, 'permission-set-denied');
    const [first, second] = running.records().slice(-2);
    expect([first?.code, first?.permission_set]).toEqual([second?.code, second?.permission_set]);
  });

  it.each(['policy', 'roleArn', 'resources', 'tags', 'tenant', 'Policy', 'RoleArn', 'sourceIdentity'])(
    'SEC-REQ-03 the unknown field %s',
    async (field) => {
      await expectRefusal(post(JSON.stringify({ [field]: ['*'] })), 400, 'request-invalid');
      expect(recorded()).toBe(1);
    },
  );

  it.each(['reports/../..', 'reports/*', '${tenant}/..', '{{tenant}}'])(
    'SEC-REQ-04 a parameter %j that no set declares',
    async (value) => {
      await expectRefusal(post(JSON.stringify({ parameters: { report: value } })), 400, 'parameter-invalid');
    },
  );

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'TRACE', 'CONNECT', 'FOO'])('SEC-REQ-05 the method %s', async (method) => {
    await expectRefusal({ method }, 405, 'method-not-allowed');
    expect(recorded()).toBe(1);
    expect((await running.vend({ method })).headers?.['Allow']).toBe('GET, POST, OPTIONS');
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json;charset=utf-16',
    'application/jsonx',
    'application/json,application/json',
  ])('SEC-REQ-06 a body of the type %s', async (type) => {
    await expectRefusal(post('{}', ['content-type', type]), 415, 'media-type-unsupported');
  });

  it('SEC-REQ-06 a body without a type, but no body without one', async () => {
    await expectRefusal(post('{}', ['accept', '*/*']), 415, 'media-type-unsupported');
    expect((await running.vend({ method: 'POST' })).statusCode).toBe(200);
  });

  it.each([10_241, 1_000_000])('SEC-REQ-07 a body of %i bytes, unread', async (bytes) => {
    await expectRefusal(post('x'.repeat(bytes)), 413, 'request-too-large');
    await expectRefusal({ ...post('x'.repeat(bytes)), binary: true }, 413, 'request-too-large');
    expect(recorded()).toBe(2);
  });

  it.each(['{"__proto__":{"permissionSet":"admin"}}', '{"constructor":{"prototype":{"permissionSet":"admin"}}}'])(
    'SEC-REQ-09 %s',
    async (body) => {
      await expectRefusal(post(body), 400, 'request-invalid');
      expect(({} as Record<string, unknown>)['permissionSet']).toBeUndefined();
    },
  );

  it('SEC-REQ-15 another origin gets no CORS header, asked before or not, and a configured one never a star', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
        const { headers } = await running.vend({ method, headers: [bearer(), ['origin', origin]] });
        expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('Access-Control'))).toEqual([]);
        expect(headers?.['Vary']).toContain('Origin');
      }
      const { headers } = await running.vend({ method, headers: [bearer(), ['origin', 'https://app.example.com']] });
      expect(headers?.['Access-Control-Allow-Origin']).toBe('https://app.example.com');
      expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials');
    }
  });

  it.each([
    '/v1/credentials/',
    '//v1/credentials',
    '/v1//credentials',
    '/v1/credentials/..;/',
    '/v1/credentials/a/b',
    '/v1/../v1/credentials',
    '/V1/credentials',
    '/v1/credentials%2Fdocuments/x',
    '/',
    '',
    '/.env',
  ])('SEC-REQ-17 the path %j', async (path) => {
    await expectRefusal({ path }, 404, 'not-found');
  });
});

describe('durations', () => {
  it.each(['899', '0', '-1', '3601', '7200', '1000000000', '"3600"', '3600.5', '{}', '1e400', 'NaN', 'true'])(
    'SEC-STS-07, SEC-STS-09 refuses %s and asks nobody',
    async (duration) => {
      const result = await running.vend(post(`{"durationSeconds":${duration}}`));
      expect(result.statusCode).toBe(400);
      expect(['duration-out-of-range', 'request-invalid']).toContain(slugOf(result));
      expect(running.stsCalls()).toBe(callsBefore);
    },
  );

  it('SEC-STS-09 takes null for no duration', async () => {
    expect((await running.vend(post('{"durationSeconds":null}'))).statusCode).toBe(200);
  });

  it.each([900, 3600])('SEC-STS-10 vends exactly %i seconds', async (durationSeconds) => {
    const result = await running.vend(post(JSON.stringify({ durationSeconds })));
    const { Expiration: expiration } = JSON.parse(result.body) as { Expiration: string };
    expect(Math.abs(Date.parse(expiration) - Date.now() - durationSeconds * 1000)).toBeLessThan(5_000);
  });
});

describe('SEC-RESP', () => {
  it('SEC-RESP-01 an answer with credentials is kept by nobody', async () => {
    const { status, headers } = seen(await running.vend());
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
    });
    expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('etag');
  });

  it('SEC-RESP-04 answer, header and record name the same request, and the record names the session', async () => {
    const result = await running.vend();
    const answer = JSON.parse(result.body) as Record<string, string>;
    const record = running.records().at(-1)!;
    expect(new Set([answer['RequestId'], result.headers?.['X-Request-Id'], record.request_id]).size).toBe(1);
    expect(answer['AssumedRoleArn']!.split('/').at(-1)).toBe(record.session_name);
    expect([answer['SourceIdentity'], answer['AccessKeyId']]).toEqual([record.source_identity, record.access_key_id]);
  });

  it('SEC-RESP-06 one record for a grant and one for a denial, with who, what and why, each with one line of metrics', async () => {
    const metricsBefore = running.metrics().length;
    await running.vend(post('{"reason":"ticket 7"}'));
    await running.vend({ headers: [['authorization', running.token({ tenant: 'Acme Inc' })]] });
    expect(running.records().slice(recordsBefore)).toMatchObject([
      {
        event: 'credentials.vended',
        tenant_id: 'acme',
        subject: 'alice',
        issuer_name: 'peer',
        permission_set: 'documents',
        reason: 'ticket 7',
        policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        token_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        access_key_id: 'ASIAVECTOR0000000001',
        packed_policy_percent: 6,
        source_ip: '198.51.100.7',
      },
      { event: 'credentials.refused', code: 'tenant-invalid', subject: 'alice', issuer_name: 'peer' },
    ]);
    expect(running.metrics().slice(metricsBefore)).toMatchObject([
      { Vended: 1, permission_set: 'documents', service: 'token-vending-machine' },
      { Refused: 1, permission_set: 'none', code: 'tenant-invalid' },
    ]);
  });

  it('writes one record for every request below the credentials path, and none where nothing is asked', async () => {
    const paths = ['/v1/credentials', '/v1/credentials/', '/v1/credentials/x/y', '/v1/credentials/documents'];
    for (const path of paths) await running.vend({ path });
    expect(recorded()).toBe(paths.length);
    for (const path of ['/healthz', '/.well-known/tvm-configuration', '/nothing']) await running.vend({ path });
    expect(recorded()).toBe(paths.length);
  });

  it('counts the first request of an environment as a cold start, whatever it asked', async () => {
    const fresh = await startMachine();
    await fresh.invoke(shapes['REST API']({ method: 'OPTIONS', path: '/v1/credentials' }));
    await fresh.vend();
    expect(fresh.metrics().map(({ ColdStart: count }) => count)).toEqual([1, undefined]);
    await fresh.stop();
  });
});
