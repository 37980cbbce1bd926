// Groups sdk-endpoints, response and cache at the door: the STS route, what every answer is, and many callers at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectSilence, openDoor, vendAt, type Ask, type Door, type Vended } from './door.ts';

let door: Door;
/** Keeps credentials. */
let other: Door;

beforeAll(async () => {
  door = await openDoor();
  other = await openDoor(() => ({ config: { cache: { maxEntries: 1_000 } } }));
});

afterAll(async () => {
  await Promise.all([door.stop(), other.stop()]);
});

const now = (): number => Math.floor(Date.now() / 1000);
const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Ask['headers'] = json): Ask => ({ method: 'POST', body, headers });
const withClaims = (claims: Readonly<Record<string, unknown>>): Ask => ({ authorization: door.token(claims) });
const vend = (request: Ask = {}, at = door): Promise<Vended> => vendAt(at, request);

describe('the STS route', () => {
  const form = (more: Readonly<Record<string, string>> = {}): Ask =>
    ({
      method: 'POST',
      path: '/sts',
      authorization: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: 'arn:aws:iam::000000000000:role/documents',
        RoleSessionName: 'x',
        WebIdentityToken: door.token(),
        ...more,
      }).toString(),
    }) satisfies Ask;

  it.each<[string, number, string, Readonly<Record<string, string>>]>([
    ['SEC-SDK-01 a role of no set', 403, 'AccessDenied', { RoleArn: 'arn:aws:iam::111122223333:role/other' }],
    ['SEC-SDK-03 a policy', 400, 'ValidationError', { Policy: '{"Statement":[]}' }],
    [
      'SEC-SDK-03 a policy ARN',
      400,
      'ValidationError',
      { 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/AdministratorAccess' },
    ],
    ['SEC-STS-07 two hours', 400, 'ValidationError', { DurationSeconds: '7200' }],
  ])('refuses %s in the words of STS', async (_, status, code, more) => {
    const before = door.stsCalls();
    const { status: got, headers, body } = await door.ask(form(more));
    expect([got, headers['content-type']]).toEqual([status, 'text/xml']);
    expect(body).toContain(`<Code>${code}</Code>`);
    expect(body).not.toMatch(/ASIA|SessionToken|eyJ/);
    expect(door.stsCalls()).toBe(before);
  });

  it('SEC-SDK-04 takes no token from a URL, and does not write it down', async () => {
    const token = door.token();
    const path = `/sts?Action=AssumeRoleWithWebIdentity&WebIdentityToken=${token}`;
    const { status, body } = await door.ask({ path, authorization: null });
    expect([status, body.includes('InvalidAction')]).toEqual([400, true]);
    await door.expectRefused({ path: `/v1/credentials?token=${token}`, authorization: null }, 401, 'token-missing');
    expect(door.written()).not.toContain(token.split('.')[1]);
  });
});

describe('answers', () => {
  it('SEC-RESP-01 with credentials are kept by nobody', async () => {
    const { headers } = await door.ask();
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('etag');
  });

  it('SEC-RESP-04, SEC-RESP-06 name the request that their one record names', async () => {
    const answer = await door.ask();
    const vended = JSON.parse(answer.body) as Vended;
    expect(vended.RequestId).toBe(answer.headers['x-request-id']);
    const mine = () => door.records().filter((record) => record['request_id'] === vended.RequestId);
    await expect.poll(mine).toHaveLength(1);
    expect(mine()[0]).toMatchObject({
      event: 'credentials.vended',
      tenant_id: 'acme',
      subject: 'alice',
      permission_set: 'documents',
      access_key_id: vended.AccessKeyId,
      source_identity: vended.SourceIdentity,
      session_name: door.ledger.entries.get(vended.Token)?.sessionName,
      policy_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('SEC-RESP-02 that refuse are problem documents with these members and no others', async () => {
    const refusals: readonly (readonly [Ask, number, string])[] = [
      [{ authorization: null }, 401, 'token-missing'],
      [{ authorization: 'x' }, 401, 'token-invalid'],
      [withClaims({ tenant: '*' }), 403, 'tenant-invalid'],
      [post('{'), 400, 'request-invalid'],
      [post('x'.repeat(20_000)), 413, 'request-too-large'],
      [post('{}', {}), 415, 'media-type-unsupported'],
      [{ method: 'PUT' }, 405, 'method-not-allowed'],
      [{ path: '/v1/credentials/a/b' }, 404, 'not-found'],
    ];
    for (const [request, status, slug] of refusals) {
      const { body, headers } = await door.expectRefused(request, status, slug);
      const problem = JSON.parse(body) as Readonly<Record<string, unknown>>;
      const members = ['Code', 'Message', 'RequestId', 'ServerTime', 'detail', 'status', 'title', 'type'];
      expect(Object.keys(problem).toSorted()).toEqual(members);
      expect([problem['status'], problem['RequestId']]).toEqual([status, headers['x-request-id']]);
    }
  });

  it('SEC-CACHE-01, SEC-CONC-01 of two tenants at once, 500 times: each has its own credentials, made once', async () => {
    const before = other.stsCalls();
    const asked = Array.from({ length: 500 }, (_, at) => (at % 2 === 0 ? 'acme' : 'globex'));
    const tokens = Object.fromEntries(
      ['acme', 'globex'].map((tenant) => [tenant, other.token({ tenant, sub: 'crowd', exp: now() + 3_600 })]),
    );
    const got = await Promise.all(asked.map((tenant) => vend({ authorization: tokens[tenant]! }, other)));
    got.forEach(({ Token: token }, at) => {
      const { tenant, policy } = other.ledger.entries.get(token)!;
      expect([tenant, policy.includes(`/${asked[at]!}/*`)]).toEqual([asked[at], true]);
    });
    expect(other.stsCalls() - before).toBe(2);
  });
});

it.each([
  ['one function', () => door],
  ['the other', () => other],
])('SEC-RESP-03 nothing that %s wrote holds a token, a session token or a secret', (_, at) => {
  expectSilence(at(), 20);
});
