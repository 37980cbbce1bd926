import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer } from '../../core/answer.ts';
import { errorTable, TvmError, type TvmErrorCode } from '../../core/errors.ts';
import type { Machine } from '../../core/ports.ts';
import type { HttpRequest, HttpResponse } from '../../core/protocol/http.ts';
import {
  anyCharacter,
  claimsWith,
  configWith,
  permissionSetInput,
  secrets,
  stubMachine,
  type Json,
  type StubMachine,
} from './fixtures.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;
interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array;
}
const toMap = (record: Headers): Map<string, readonly string[]> =>
  new Map(Object.entries(record).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]));
const bearer = { authorization: `Bearer ${secrets.token}` };

function requestOf({
  method = 'GET',
  path = '/v1/credentials',
  query = {},
  headers = bearer,
  body = '',
}: Ask): HttpRequest {
  return {
    method,
    path,
    query: toMap(query),
    headers: toMap(headers),
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    requestId: 'request-1',
    sourceIp: '203.0.113.1',
  };
}
const circumstances = { signal: new AbortController().signal, coldStart: false };
const ask = (request: Ask, machine: Machine = stubMachine()): Promise<HttpResponse> =>
  answer(machine, requestOf(request), circumstances);
const post = (body: string | Uint8Array, headers: Headers = {}): Ask => ({
  method: 'POST',
  body,
  headers: { ...bearer, 'content-type': 'application/json', ...headers },
});
const bodyOf = ({ body }: HttpResponse): Json => JSON.parse(body) as Json;

/** The answer is a refusal of that code, well-formed, and shows no credential and no operator text. */
function expectRefusal(response: HttpResponse, code: TvmErrorCode): void {
  const { status, code: sdk, title, detail } = errorTable[code];
  expect(bodyOf(response)).toEqual({
    type: expect.stringMatching(new RegExp(`^https://.*/docs/errors\\.md#${code}$`)) as string,
    title,
    status,
    detail,
    Code: sdk,
    Message: detail,
    RequestId: 'request-1',
    ServerTime: '2026-11-21T22:04:05Z',
  });
  expect(response.status).toBe(status);
  for (const secret of Object.values(secrets)) expect(JSON.stringify(response)).not.toContain(secret);
}
function expectHeaders({ headers }: HttpResponse): void {
  expect(headers).toMatchObject({
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    Vary: 'Authorization, Accept, Origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': 'request-1',
  });
  expect(Object.keys(headers).map((name) => name.toLowerCase())).not.toContain('etag');
}

const many = configWith({ permissionSets: { documents: permissionSetInput(), reader: permissionSetInput() } });

describe('GET and POST /v1/credentials', () => {
  it('SEC-RESP-01 give the credentials document with its headers', async () => {
    for (const request of [{}, { method: 'POST' }, { path: '/v1/credentials/documents' }, post('{}')]) {
      const response = await ask(request);
      expect(response.status).toBe(200);
      expect(response.headers['Content-Type']).toBe('application/json');
      expectHeaders(response);
      expect(bodyOf(response)).toMatchObject({
        Version: 1,
        Token: secrets.sessionToken,
        SessionToken: secrets.sessionToken,
        Tenant: 'acme',
        RequestId: 'request-1',
      });
      expect(bodyOf(response)).not.toHaveProperty('Code');
    }
  });

  it('take the permission set from the path or the body', async () => {
    expect(bodyOf(await ask({ path: '/v1/credentials/reader' }, stubMachine({ config: many })))).toMatchObject({
      PermissionSet: 'reader',
    });
    expect(bodyOf(await ask(post('{"permissionSet":"reader"}'), stubMachine({ config: many })))).toMatchObject({
      PermissionSet: 'reader',
    });
    expect(
      bodyOf(
        await ask(
          { ...post('{"permissionSet":"reader"}'), path: '/v1/credentials/reader' },
          stubMachine({ config: many }),
        ),
      ),
    ).toMatchObject({ PermissionSet: 'reader' });
    expectRefusal(
      await ask(
        { ...post('{"permissionSet":"documents"}'), path: '/v1/credentials/reader' },
        stubMachine({ config: many }),
      ),
      'request-invalid',
    );
    expectRefusal(await ask({}, stubMachine({ config: many })), 'request-invalid');
  });

  it('look the same for an unknown and a forbidden permission set', async () => {
    const config = configWith({
      permissionSets: {
        documents: permissionSetInput(),
        admin: permissionSetInput({ requires: [{ claim: 'x', equals: 1 }] }),
      },
      defaultPermissionSet: 'documents',
    });
    const unknown = await ask({ path: '/v1/credentials/unknown' }, stubMachine({ config }));
    const forbidden = await ask({ path: '/v1/credentials/admin' }, stubMachine({ config }));
    expect(forbidden).toEqual(unknown);
    expectRefusal(forbidden, 'permission-set-denied');
  });

  it('read no second spelling of a permission set', async () => {
    for (const path of [
      '/v1/credentials/%64ocuments',
      '/v1/credentials/Documents',
      '/v1/credentials/documents%20',
      '/v1/credentials/__proto__',
      '/v1/credentials/toString',
    ])
      expectRefusal(await ask({ path }), 'permission-set-denied');
  });

  it('SEC-STS-10 take a duration from the query of a GET', async () => {
    const machine = stubMachine();
    await ask({ query: { durationSeconds: '900' } }, machine);
    expect(machine.assumed[0]!.durationSeconds).toBe(900);
    for (const duration of ['899', '3601', '7200', '', '900.5', 'x'])
      expectRefusal(await ask({ query: { durationSeconds: duration } }), 'duration-out-of-range');
    expectRefusal(await ask({ query: { durationSeconds: ['900', '900'] } }), 'request-invalid');
  });

  it('SEC-TEN-12 take no tenant from body, header, query or path', async () => {
    for (const request of [
      { headers: { ...bearer, 'x-tenant-id': 'globex', tenant: 'globex' } },
      { query: { tenantId: 'globex', tenant: 'globex' } },
    ]) {
      const machine = stubMachine();
      expect(bodyOf(await ask(request, machine))).toMatchObject({ Tenant: 'acme' });
      expect(JSON.stringify(machine.assumed)).not.toContain('globex');
    }
    expectRefusal(await ask(post('{"tenant":"globex"}')), 'request-invalid');
    expectRefusal(await ask({ path: '/v1/credentials/documents/globex' }), 'not-found');
  });

  it('leave SessionToken out of a large GET answer only', async () => {
    const subject = '日'.repeat(2500);
    const machine = (): StubMachine => stubMachine({}, claimsWith({ sub: subject }));
    const large = await ask({}, machine());
    expect(new TextEncoder().encode(large.body).length).toBeLessThan(10_000);
    expect(bodyOf(large)).toHaveProperty('Token');
  });
});

describe('the token of a request', () => {
  const machineThatVerifies = (): StubMachine => stubMachine();

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('SEC-FMT-11 stands behind %s, or bare', async (scheme) => {
    expect((await ask({ headers: { authorization: `${scheme} ${secrets.token}` } })).status).toBe(200);
    expect((await ask({ headers: { authorization: secrets.token } })).status).toBe(200);
  });

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer  ${secrets.token}`,
    `Bearer\t${secrets.token}`,
    `Bearer ${secrets.token} x`,
    `Bearer ${secrets.token}\n`,
    `Bearer ${secrets.token}, Bearer ${secrets.token}`,
    `Bearer Bearer ${secrets.token}`,
    `Basic ${secrets.token}`,
    `DPoP ${secrets.token}`,
    `Bearer="${secrets.token}"`,
    `Bearer:${secrets.token}`,
    ` ${secrets.token}`,
    'Bearer a b',
    'x',
    'a.b',
    'a.b.c.d',
    'a..c',
    `Bearer ${secrets.token}=`,
    `Bearer ${secrets.token}é`,
  ])('SEC-FMT-11 is refused as %j', async (authorization) => {
    const machine = machineThatVerifies();
    const response = await ask({ headers: { authorization } }, machine);
    expectRefusal(response, 'token-invalid');
    expect(response.headers['WWW-Authenticate']).toBe('Bearer realm="tvm", error="invalid_token"');
    expect(machine.steps).toEqual(['audit']);
  });

  it('is missing without a header, and with an empty one', async () => {
    for (const headers of [{}, { authorization: '' }]) {
      const response = await ask({ headers });
      expectRefusal(response, 'token-missing');
      expect(response.headers['WWW-Authenticate']).toContain('Bearer');
    }
  });

  it('is refused twice', async () => {
    expectRefusal(await ask({ headers: { authorization: [secrets.token, secrets.token] } }), 'token-invalid');
  });

  it.each(['access_token', 'token', 'id_token', 'jwt', 'Authorization', 'ACCESS_TOKEN'])(
    'SEC-FMT-13 is refused in the query as %s',
    async (name) => {
      const machine = machineThatVerifies();
      expectRefusal(await ask({ headers: {}, query: { [name]: secrets.token } }, machine), 'token-missing');
      expectRefusal(await ask({ query: { [name]: secrets.token } }, machine), 'request-invalid');
      expect(machine.steps).toEqual(['audit', 'audit']);
      expect(JSON.stringify(machine.records)).not.toContain(secrets.token);
    },
  );

  it('SEC-FMT-13 is not read from a cookie or a body', async () => {
    expectRefusal(await ask({ headers: { cookie: `token=${secrets.token}` } }), 'token-missing');
    expectRefusal(
      await ask({ ...post(JSON.stringify({ token: secrets.token })), headers: { 'content-type': 'application/json' } }),
      'token-missing',
    );
    expectRefusal(await ask(post(JSON.stringify({ token: secrets.token }))), 'request-invalid');
  });

  it('SEC-FMT-01 over 8 KiB is refused before it is verified', async () => {
    const machine = machineThatVerifies();
    expectRefusal(await ask({ headers: { authorization: `a.b.${'c'.repeat(16_384)}` } }, machine), 'token-invalid');
    expect(machine.steps).toEqual(['audit']);
  });
});

describe('bodies', () => {
  it.each([
    'text/plain',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    'application/json;charset=utf-16',
    'application/json; charset=latin1',
    'application/json, text/plain',
    'application/jsonp',
    'application/problem+json',
    '',
  ])('SEC-REQ-06 are refused as %j', async (type) => {
    expectRefusal(await ask(post('{}', { 'content-type': type })), 'media-type-unsupported');
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('are read as %s', async (type) => {
    expect((await ask(post('{}', { 'content-type': type }))).status).toBe(200);
  });

  it('SEC-REQ-06 may be absent with their type, and then ask for the default', async () => {
    expect((await ask({ method: 'POST' })).status).toBe(200);
    expectRefusal(await ask({ method: 'POST', body: '{}' }), 'media-type-unsupported');
  });

  it('are refused with two types', async () => {
    expectRefusal(await ask(post('{}', { 'content-type': ['application/json', 'text/plain'] })), 'request-invalid');
  });

  it('SEC-REQ-07 are refused over 10,240 bytes, and that by bytes', async () => {
    expectRefusal(await ask(post('x'.repeat(10_241))), 'request-too-large');
    expectRefusal(await ask(post(`{"reason":"${'日'.repeat(4000)}"}`)), 'request-too-large');
    expectRefusal(await ask(post(`{}${' '.repeat(10_239)}`)), 'request-too-large');
    expect((await ask(post(`{}${' '.repeat(10_238)}`))).status).toBe(200);
  });

  it('SEC-FMT-04 are refused where they are not UTF-8', async () => {
    for (const bytes of [[0xff], [0x7b, 0x22, 0xff, 0x22, 0x7d], [0xef, 0xbb, 0xbf, 0x7b, 0x7d]])
      expectRefusal(await ask(post(Uint8Array.from(bytes))), 'request-invalid');
  });
});

describe('routes', () => {
  it.each([
    '/',
    '',
    '/v1',
    '/v1/',
    '/v1/credentials/',
    '/v1//credentials',
    '//v1/credentials',
    '/v1/credentials//',
    '/v1/credentials/a/b',
    '/V1/credentials',
    '/v1/Credentials',
    '/v1/credentials;x',
    '/v1/credentials/..;/x',
    '/v1/identity/',
    '/healthz/',
    '/v1/credentials%2f',
    '/v1/explain',
    '/../v1/credentials',
  ])('SEC-REQ-17 have nothing at %s', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const response = await ask({ path, method });
      expectRefusal(response, 'not-found');
      expectHeaders(response);
    }
  });

  it.each(['HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'get', 'CONNECT', ''])(
    'SEC-REQ-05 do not vend by %s',
    async (method) => {
      const machine = stubMachine();
      const response = await ask({ method }, machine);
      expectRefusal(response, 'method-not-allowed');
      expect(response.headers['Allow']).toBe('GET, POST, OPTIONS');
      expect(machine.steps).toEqual(['audit']);
    },
  );

  it.each(['/v1/identity', '/healthz', '/openapi.json', '/.well-known/tvm-configuration'])(
    'take only GET at %s',
    async (path) => {
      for (const method of ['POST', 'HEAD', 'PUT']) {
        const response = await ask({ path, method });
        expectRefusal(response, 'method-not-allowed');
        expect(response.headers['Allow']).toBe('GET, OPTIONS');
      }
    },
  );

  it('tell health without a token and without calling anything', async () => {
    const machine = stubMachine();
    const response = await ask({ path: '/healthz', headers: {} }, machine);
    expect(response).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect(machine.steps).toEqual([]);
  });

  it('tell clients their way, and no key, role or policy', async () => {
    const response = await ask({ path: '/.well-known/tvm-configuration', headers: {} });
    expect(bodyOf(response)).toMatchObject({
      credentials_endpoint: '/v1/credentials',
      sts_endpoint: '/sts',
      openapi_endpoint: '/openapi.json',
      issuers: [{ issuer: 'https://idp.example/', audiences: ['tvm'] }],
    });
    expect(response.body).not.toMatch(/arn:|bucket|permissionSets|statements/);
  });

  it('tell of explain where it is on', async () => {
    const discovery = async (explain: boolean): Promise<Json> =>
      bodyOf(await ask({ path: '/.well-known/tvm-configuration' }, stubMachine({ config: configWith({ explain }) })));
    expect(await discovery(true)).toHaveProperty('explain_endpoint', '/v1/explain');
    expect(await discovery(false)).not.toHaveProperty('explain_endpoint');
  });

  it('describe themselves without a token and without calling anything', async () => {
    const machine = stubMachine();
    const response = await ask({ path: '/openapi.json', headers: {} }, machine);
    expect(bodyOf(response)).toMatchObject({ openapi: '3.1.1' });
    expectHeaders(response);
    expect(machine.steps).toEqual([]);
  });

  it('tell who I am', async () => {
    const machine = stubMachine();
    expect(bodyOf(await ask({ path: '/v1/identity' }, machine))).toEqual({
      Tenant: 'acme',
      Subject: 'alice',
      Issuer: 'https://idp.example/',
      PermissionSets: ['documents'],
      DefaultPermissionSet: 'documents',
      TokenExpiration: '2026-11-21T23:04:05Z',
      ServerTime: '2026-11-21T22:04:05Z',
      RequestId: 'request-1',
    });
    expect(machine.steps).toEqual(['verify', 'audit']);
    expectRefusal(await ask({ path: '/v1/identity', headers: {} }), 'token-missing');
  });

  it('leave exactly one audit record for every request below /v1/credentials', async () => {
    for (const path of [
      '/v1/credentials',
      '/v1/credentials/documents',
      '/v1/credentials/nope',
      '/v1/credentials/',
      '/v1/credentials/a/b',
      '/v1/credentialsx',
    ])
      for (const method of ['GET', 'POST', 'HEAD', 'PUT', 'OPTIONS'])
        for (const headers of [bearer, {}]) {
          const machine = stubMachine();
          await ask({ path, method, headers }, machine);
          expect(machine.records).toHaveLength(1);
          expect(machine.records[0]).toMatchObject({ request_id: 'request-1', source_ip: '203.0.113.1' });
        }
  });
});

describe('answers', () => {
  it.each(Object.keys(errorTable) as TvmErrorCode[])('are whole and without operator text for %s', async (code) => {
    const machine = stubMachine({
      verifyToken: () => Promise.reject(new TvmError(code, { detail: 'OPERATOR arn:aws:iam::999999999999:role/x' })),
    });
    const response = await ask({}, machine);
    expectRefusal(response, code);
    expectHeaders(response);
    expect(JSON.stringify(response)).not.toContain('OPERATOR');
    const { status } = errorTable[code];
    expect('WWW-Authenticate' in response.headers).toBe(status === 401);
    expect('Retry-After' in response.headers).toBe(status === 429 || status === 503);
  });

  it('are problem documents where Accept asks for them', async () => {
    const type = async (accept: string | readonly string[]): Promise<string | undefined> =>
      (await ask({ headers: { accept } })).headers['Content-Type'];
    expect(await type('application/problem+json')).toBe('application/problem+json');
    expect(await type(['text/html', 'application/problem+json;q=0.9, */*'])).toBe('application/problem+json');
    expect(await type('*/*')).toBe('application/json');
    expect(await type('application/json')).toBe('application/json');
    expect((await ask({ headers: { ...bearer, accept: 'application/problem+json' } })).headers['Content-Type']).toBe(
      'application/json',
    );
  });

  it('show the reason of token-invalid under public diagnostics, and of nothing else', async () => {
    const config = configWith({ diagnostics: 'public' });
    const detailOf = async (code: TvmErrorCode): Promise<unknown> =>
      bodyOf(
        await ask(
          {},
          stubMachine({ config, verifyToken: () => Promise.reject(new TvmError(code, { detail: 'REASON' })) }),
        ),
      );
    expect(await detailOf('token-invalid')).toMatchObject({
      detail: expect.stringContaining('REASON') as string,
      Message: expect.stringContaining('REASON') as string,
    });
    for (const code of Object.keys(errorTable) as TvmErrorCode[])
      if (code !== 'token-invalid') expect(JSON.stringify(await detailOf(code))).not.toContain('REASON');
  });

  it('show no foreign value, message or stack where something unforeseen is thrown', async () => {
    const machine = stubMachine({ verifyToken: () => Promise.reject(new TypeError('SECRET at /var/task/vend.mjs')) });
    const response = await ask({}, machine);
    expectRefusal(response, 'internal');
    expect(JSON.stringify(response)).not.toMatch(/SECRET|var\/task|TypeError/);
  });

  it('SEC-RESP-06 carry no credential where the audit record cannot be written', async () => {
    const machine = stubMachine({ writeAudit: () => Promise.reject(new TypeError('closed')) });
    for (const request of [
      {},
      post('{}'),
      { path: '/v1/identity' },
      { headers: {} },
      { method: 'OPTIONS' },
      { path: '/v1/credentials/a/b' },
    ]) {
      expectRefusal(await ask(request, machine), 'internal');
    }
  });

  it('P12: are given to any request at all, and vend only for the routes that vend', async () => {
    const text = fc.string({ unit: anyCharacter, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.constantFrom('GET', 'POST', 'OPTIONS', 'HEAD'), text),
        fc.oneof(fc.constantFrom('/v1/credentials', '/v1/identity', '/v1/credentials/documents', '/sts'), text),
        fc.dictionary(
          fc.oneof(fc.constantFrom('authorization', 'content-type', 'accept', 'origin'), text),
          fc.array(text, { maxLength: 2 }),
        ),
        fc.dictionary(text, fc.array(text, { maxLength: 2 })),
        fc.uint8Array({ maxLength: 40 }),
        async (method, path, headers, query, body) => {
          const machine = stubMachine();
          const response = await ask({ method, path, headers, query, body }, machine);
          expect(response.status).toBeGreaterThanOrEqual(200);
          expectHeaders(response);
          if (path === '/sts') expect(response.body).toMatch(/^(?:<ErrorResponse .*<\/ErrorResponse>)?$/);
          else if (response.body !== '') JSON.parse(response.body);
          expect(machine.assumed).toEqual([]);
          expect(response.body).not.toContain(secrets.sessionToken);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('CORS', () => {
  const config = configWith({ cors: { origins: ['https://app.example'], maxAgeSeconds: 60 } });
  const from = (
    origin: string | readonly string[],
    request: Ask = {},
    machine = stubMachine({ config }),
  ): Promise<HttpResponse> => ask({ ...request, headers: { ...bearer, ...request.headers, origin } }, machine);
  const names = ({ headers }: HttpResponse): string[] =>
    Object.keys(headers).filter((name) => /^access-control/i.test(name));

  it('is open for the configured origin, on refusals too', async () => {
    for (const response of [
      await from('https://app.example'),
      await from('https://app.example', { path: '/nope' }),
      await from('https://app.example', { path: '/v1/credentials/nope' }),
      await from('https://app.example', { method: 'PUT' }),
    ]) {
      expect(response.headers['Access-Control-Allow-Origin']).toBe('https://app.example');
      expect(response.headers['Vary']).toContain('Origin');
    }
  });

  it.each([
    'https://evil.example',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'https://app.example/',
    'null',
    '*',
    '',
  ])('SEC-REQ-15 is closed for %s', async (origin) => {
    expect(names(await from(origin))).toEqual([]);
    expect(names(await from(origin, { method: 'OPTIONS' }))).toEqual([]);
  });

  it('SEC-REQ-15 is closed without configuration, and for two origins at once', async () => {
    expect(names(await from('https://app.example', {}, stubMachine()))).toEqual([]);
    expect(names(await from(['https://app.example', 'https://app.example']))).toEqual([]);
  });

  it('never allows cookies', async () => {
    for (const method of ['GET', 'OPTIONS'])
      expect(names(await from('https://app.example', { method }))).not.toContain('Access-Control-Allow-Credentials');
  });

  it('answers the preflight without a token and without a body', async () => {
    const machine = stubMachine({ config });
    const response = await ask({ method: 'OPTIONS', headers: { origin: 'https://app.example' } }, machine);
    expect(response).toMatchObject({
      status: 204,
      body: '',
      headers: {
        Allow: 'GET, POST, OPTIONS',
        'Access-Control-Allow-Origin': 'https://app.example',
        'Access-Control-Allow-Methods': 'GET, POST',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept',
        'Access-Control-Max-Age': '60',
      },
    });
    expectHeaders(response);
    expect(machine.steps).toEqual(['audit']);
  });
});
