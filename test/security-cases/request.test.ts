// Groups tenant-claim, sts-limits and request-abuse at the door: real requests to the built handler,
// and the books of STS to tell for whom each session was made.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSilence, openDoor, permissionSet, vendAt, type Ask, type Door, type Vended } from './door.ts';

let door: Door;
/** Takes a dotted claim, caps a session to its token, and has a set whose policy is too large. */
let other: Door;

beforeAll(async () => {
  door = await openDoor();
  other = await openDoor(() => ({
    issuer: { tenant: { claim: 'custom.tenant' } },
    config: {
      session: { capToTokenExpiry: true },
      permissionSets: {
        documents: permissionSet('s3:GetObject'),
        large: permissionSet('s3:GetObject', {
          statements: [
            { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b/{{tenant}}/${'x'.repeat(2_000)}` },
          ],
        }),
      },
    },
  }));
});

afterAll(async () => {
  await Promise.all([door.stop(), other.stop()]);
});

const now = (): number => Math.floor(Date.now() / 1000);
const json = { 'content-type': 'application/json' };
const post = (body: string | Buffer, headers: Ask['headers'] = json): Ask => ({ method: 'POST', body, headers });
const withClaims = (claims: Readonly<Record<string, unknown>>): Ask => ({ authorization: door.token(claims) });

const vend = (request: Ask = {}, at = door): Promise<Vended> => vendAt(at, request);

describe('the tenant', () => {
  it.each<[string, readonly unknown[]]>([
    ['SEC-TEN-01 of another type', [5, 5.5, true, null, [], {}, ['acme'], { id: 'acme' }]],
    ['SEC-TEN-03 missing or blank', [undefined, '', ' ', '\t', '\u00a0', '\u200b']],
    ['SEC-TEN-04 too long', [64, 65, 257, 4_096].map((length) => 'a'.repeat(length))],
    ['SEC-TEN-06 with line ends and NUL', ['acme\r\nX-Injected: 1', 'acme\u0000', 'acme\n']],
    ['SEC-TEN-09 with what AWS reserves', ['aws:foo', '*']],
    [
      'SEC-INJ-01, SEC-INJ-02, SEC-INJ-05, SEC-INJ-06 with what policies read',
      ['*', '?cme', '${aws:username}', '..', 'a/b', 'a:b', 'a#b'],
    ],
  ])('%s is refused before STS', async (_, tenants) => {
    for (const tenant of tenants) await door.expectRefused(withClaims({ tenant }), 403, 'tenant-invalid');
  });

  it.each(['tenant_id', 'custom:tenant', 'org_id', 'Tenant', 'tenant '])(
    'SEC-TEN-10 is not looked for in the claim %j',
    async (name) => {
      await door.expectRefused(withClaims({ tenant: undefined, [name]: 'globex' }), 403, 'tenant-invalid');
    },
  );

  it('SEC-TEN-12 comes from no header, query, body or path', async () => {
    const globex = { 'x-tenant-id': 'globex', tenant: 'globex', 'x-amz-tenant': 'globex' };
    for (const request of [{ headers: globex }, { path: '/v1/credentials?tenantId=globex&tenant=globex' }]) {
      const { Token: token, Tenant: tenant } = await vend(request);
      expect(tenant).toBe('acme');
      expect(door.ledger.entries.get(token)).toMatchObject({ tenant: 'acme', sessionName: 'acme@alice' });
    }
    await door.expectRefused(post('{"tenant":"globex"}'), 400, 'request-invalid');
    await door.expectRefused({ path: '/v1/credentials/globex' }, 403, 'permission-set-denied');
    expect([...door.ledger.entries.values()].map(({ tenant }) => tenant)).not.toContain('globex');
  });

  it('SEC-FMT-08 of a dotted claim name is read in one way', async () => {
    const claims = { 'custom.tenant': 'acme', custom: { tenant: 'globex' }, exp: now() + 3_600 };
    expect((await vend({ authorization: other.token(claims) }, other)).Tenant).toBe('acme');
    const nested = { custom: { tenant: 'globex' } };
    await other.expectRefused({ authorization: other.token(nested) }, 403, 'tenant-invalid');
  });

  it.each([[undefined], [''], ['x\n'], [5]])('SEC-TEN-13, SEC-TEN-14 the subject %j is refused', async (sub) => {
    await door.expectRefused(withClaims({ sub }), 401, 'token-invalid');
  });

  it('SEC-TEN-14 subjects of real providers get session names that STS takes, each its own', async () => {
    const names = new Set<string>();
    const subjects = ['a/b', 'a b', '日本', 'x'.repeat(300), 'user+tag@example.com', 'auth0|123', 'a_b', 'a-b'];
    for (const sub of subjects) {
      const { Token: token } = await vend(withClaims({ sub }));
      const { sessionName } = door.ledger.entries.get(token)!;
      expect(sessionName).toMatch(/^[\w+=,.@-]{2,64}$/);
      names.add(sessionName);
    }
    expect(names.size).toBe(subjects.length);
  });
});

describe('limits', () => {
  it.each(['899', '0', '-1', '3601', '7200', '1e9', '"3600"', '3600.5', 'NaN'])(
    'SEC-STS-07, SEC-STS-09 the duration %s is refused without a call',
    async (duration) => {
      // NaN is no JSON: the whole body is refused.
      const slug = duration === 'NaN' ? 'request-invalid' : 'duration-out-of-range';
      await door.expectRefused(post(`{"durationSeconds":${duration}}`), 400, slug);
    },
  );

  it.each([900, 3_600])('SEC-STS-10 a duration of %i is kept to the second', async (durationSeconds) => {
    const { Expiration: expiration, Token: token } = await vend(post(JSON.stringify({ durationSeconds })));
    expect(Math.abs(Date.parse(expiration) / 1000 - now() - durationSeconds)).toBeLessThan(5);
    expect(door.ledger.entries.get(token)?.durationSeconds).toBe(durationSeconds);
  });

  it('SEC-STS-01 a policy over 2,048 characters never reaches STS, and its refusal names nobody', async () => {
    const claims = { 'custom.tenant': 'verylongtenantname', exp: now() + 3_600 };
    const request = { path: '/v1/credentials/large', authorization: other.token(claims) };
    const { body } = await other.expectRefused(request, 500, 'policy-too-large');
    expect(body).not.toContain('verylongtenantname');
  });

  it('SEC-TIME-07 credentials may outlive a token, unless they are capped to it: then a short one gets none', async () => {
    const short = { exp: now() + 5 };
    const { Expiration: expiration } = await vend(withClaims(short));
    expect(Date.parse(expiration) / 1000 - now()).toBeGreaterThan(3_590);
    const request = { authorization: other.token({ 'custom.tenant': 'acme', ...short }) };
    await other.expectRefused(request, 401, 'token-expires-too-soon');
  });
});

describe('requests', () => {
  it('SEC-REQ-01 for a set that the token is not entitled to, as for one that is not there', async () => {
    const { body: forbidden } = await door.expectRefused(
      post('{"permissionSet":"admin"}'),
      403,
      'permission-set-denied',
    );
    const { body: unknown } = await door.expectRefused(post('{"permissionSet":"x"}'), 403, 'permission-set-denied');
    const public_ = (body: string): unknown => ({ ...(JSON.parse(body) as object), RequestId: '', ServerTime: '' });
    expect(public_(forbidden)).toEqual(public_(unknown));
    await door.expectRefused({ path: '/v1/credentials/admin' }, 403, 'permission-set-denied');
    await vend({ path: '/v1/credentials/admin', ...withClaims({ role: 'admin' }) });
  });

  it.each(['{"policy":{}}', '{"roleArn":"x"}', '{"resources":["*"]}', '{"tags":[]}', '{"Policy":"x"}'])(
    'SEC-REQ-03 with the unknown field in %s',
    async (body) => {
      await door.expectRefused(post(body), 400, 'request-invalid');
    },
  );

  it.each(['reports/../..', 'reports/*', '${tenant}/..'])('SEC-REQ-04 with the parameter %j', async (value) => {
    await door.expectRefused(post(JSON.stringify({ parameters: { report: value } })), 400, 'parameter-invalid');
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE'])('SEC-REQ-05 by %s', async (method) => {
    const { headers } = await door.expectRefused({ method }, 405, 'method-not-allowed');
    expect(headers['allow']).toBe('GET, POST, OPTIONS');
  });

  it('SEC-REQ-05 by HEAD', async () => {
    const { status, headers, body } = await door.ask({ method: 'HEAD' });
    expect([status, headers['allow'], body]).toEqual([405, 'GET, POST, OPTIONS', '']);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/json;charset=utf-16', undefined])(
    'SEC-REQ-06 with a body of the type %s',
    async (type) => {
      const headers = type === undefined ? {} : { 'content-type': type };
      await door.expectRefused(post('{}', headers), 415, 'media-type-unsupported');
    },
  );

  it('SEC-REQ-06 without a body and a type are for the default', async () => {
    await vend({ method: 'POST' });
  });

  it.each([10_241, 1_000_000])('SEC-REQ-07 of %i bytes', async (bytes) => {
    await door.expectRefused(post('x'.repeat(bytes)), 413, 'request-too-large');
  });

  it.each(['{"__proto__":{"permissionSet":"admin"}}', '{"constructor":{"prototype":{"permissionSet":"admin"}}}'])(
    'SEC-REQ-09 of %s, and nothing of it stays',
    async (body) => {
      await door.expectRefused(post(body), 400, 'request-invalid');
      // Were the prototype of the function's objects changed, this empty request would be for the set admin.
      await vend(post('{}'));
    },
  );

  it('SEC-REQ-15 from pages of other sites get no leave to read the answer', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      for (const origin of ['https://evil.example', 'null']) {
        const { headers } = await door.ask({ method, headers: { origin } });
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        expect(headers['vary']).toContain('Origin');
      }
    }
    const { headers } = await door.ask({ headers: { origin: 'https://app.example.com' } });
    expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each(['/v1/credentials/', '//v1/credentials', '/v1//credentials', '/v1/credentials/..;/x', '/v1/credentials/a/b'])(
    'SEC-REQ-17 to the path %s',
    async (path) => {
      const before = door.stsCalls();
      const { status, slug, body } = await door.ask({ path });
      expect([status, slug]).toEqual([404, 'not-found']);
      expect(body).not.toMatch(/\bat [\w./]+:\d+|node:/);
      expect(door.stsCalls()).toBe(before);
    },
  );
});

it.each([
  ['one function', () => door],
  ['the other', () => other],
])('SEC-RESP-03 nothing that %s wrote holds a token, a session token or a secret', (_, at) => {
  expectSilence(at(), 3);
});
