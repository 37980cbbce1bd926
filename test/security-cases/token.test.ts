// Groups jwt-alg, jwt-header, jwt-issuer, jwt-audience, jwt-time and jwt-format at the door: each hostile token in a real request to
// the built handler. The same cases stand in the unit tests of the verifier; here nothing between the wire and STS is left out.
import { createHmac, createPublicKey, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base64Url } from '../lambda/fixtures.ts';
import { expectSilence, keys, openDoor, type Ask, type Door } from './door.ts';

let door: Door;
/** Two issuers: the second wants access tokens of its clients, of an hour at most, with one audience and nothing else. */
let strict: Door;

beforeAll(async () => {
  door = await openDoor();
  strict = await openDoor(({ issuer }) => ({ config: { issuers: twoIssuers(issuer) } }));
});

afterAll(async () => {
  await Promise.all([door.stop(), strict.stop()]);
});

function twoIssuers(issuer: string): readonly object[] {
  const both = { audiences: ['tvm'], tenant: { claim: 'tenant' } };
  const rules = { tokenUse: 'access', audienceMode: 'exact', clientIds: ['app'], maxTokenAgeSeconds: 3_600 };
  return [
    { ...both, ...rules, name: 'main', issuer, tenants: ['acme'] },
    { ...both, name: 'second', issuer: 'https://second.example.com', tenants: ['globex'] },
  ];
}

const now = (): number => Math.floor(Date.now() / 1000);
const good = { token_use: 'access', client_id: 'app' };

function refused(token: string, status = 401, slug = 'token-invalid', at = door): Promise<unknown> {
  return at.expectRefused({ authorization: `Bearer ${token}` }, status, slug);
}

/** A token whose claims are exactly these bytes, rightly signed. */
function raw(payload: string | Buffer): string {
  const input = `${base64Url({ alg: 'RS256', kid: 'good' })}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${sign('sha256', Buffer.from(input), keys.good.privateKey).toString('base64url')}`;
}
const claims = (): string =>
  JSON.stringify({ iss: door.issuer.url, aud: 'tvm', sub: 'alice', tenant: 'acme', iat: now() - 10, exp: now() + 600 });

it('vends for a good token, so that what follows is refused for its flaw', async () => {
  for (const [at, token] of [
    [door, door.token()],
    [strict, strict.token(good)],
  ] as const) {
    const answer = await at.ask({ authorization: token });
    expect(answer.status).toBe(200);
    const { Token: session } = JSON.parse(answer.body) as { readonly Token: string };
    expect(at.ledger.entries.get(session)).toMatchObject({ tenant: 'acme', sessionName: 'acme@alice' });
  }
});

describe('the header', () => {
  it.each<[string, () => string]>([
    ['SEC-ALG-01 alg none', () => `${base64Url({ alg: 'none', kid: 'good' })}.${base64Url(claims())}.AA`],
    ['SEC-ALG-02 alg none, nothing signed', () => `${base64Url({ alg: 'none', kid: 'good' })}.${base64Url(claims())}.`],
    [
      'SEC-ALG-04 HS256 under the public key',
      () => {
        const input = `${base64Url({ alg: 'HS256', kid: 'good' })}.${base64Url(claims())}`;
        const pem = createPublicKey(keys.good.privateKey).export({ type: 'spki', format: 'pem' });
        return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
      },
    ],
    ['SEC-ALG-06 RS512 by a key for RS256', () => door.token({}, { alg: 'RS512', kid: 'declared' }, keys.declared)],
    ['SEC-ALG-07 ES256 by a P-384 key', () => door.token({}, { alg: 'ES256', kid: 'p384' }, keys.p384)],
    ['SEC-ALG-08 a key of 1,024 bits', () => door.token({}, { kid: 'weak' }, keys.weak)],
    ['SEC-ALG-10 an RSA signature, the kid of an EC key', () => door.token({}, { kid: 'ec' })],
    ['SEC-ALG-11 a key of use enc', () => door.token({}, { kid: 'encryption' }, keys.encryption)],
    ['SEC-ALG-12 a key to encrypt with', () => door.token({}, { kid: 'operations' }, keys.operations)],
    ['SEC-ALG-13 crit', () => door.token({}, { crit: ['x-policy'], 'x-policy': 1 })],
    ['SEC-HDR-01 an own key in the header', () => door.token({}, { kid: 'x', jwk: keys.stranger.jwk }, keys.stranger)],
    ['SEC-HDR-04 a kid that is a path', () => door.token({}, { kid: '../../../../dev/null' })],
    ['SEC-HDR-04 a kid that is a file', () => door.token({}, { kid: '/etc/passwd' })],
    ['SEC-HDR-04 a kid that is SQL', () => door.token({}, { kid: "' OR 1=1--" })],
    ['SEC-HDR-04 a kid that is a command', () => door.token({}, { kid: '| id' })],
    ['SEC-HDR-06 no kid', () => door.token({}, { kid: undefined })],
    ['SEC-HDR-07 an empty kid, though a key has it', () => door.token({}, { kid: '' }, keys.empty)],
    ['SEC-HDR-07 a kid of two keys', () => door.token({}, { kid: 'twice' }, keys.twice)],
    ['SEC-HDR-07 a kid of two keys, the other one', () => door.token({}, { kid: 'twice' }, keys.again)],
    ['SEC-HDR-08 a logout token', () => door.token({}, { typ: 'logout+jwt' })],
    ['SEC-HDR-08 a security event', () => door.token({}, { typ: 'secevent+jwt' })],
  ])('%s is refused', async (_, make) => {
    await refused(make());
  });

  it.each([1, 2])('SEC-ALG-16 one flipped bit in part %i is refused', async (part) => {
    const segments = door.token().split('.');
    const bytes = Buffer.from(segments[part]!, 'base64url');
    bytes[10]! ^= 1;
    await refused(segments.with(part, bytes.toString('base64url')).join('.'));
  });

  it('SEC-HDR-02 jku and x5u are refused, and nobody is asked', async () => {
    await refused(
      door.token({}, { kid: 'stranger', jku: `${door.canary.url}/jwks`, x5u: `${door.canary.url}/x` }, keys.stranger),
    );
    expect(door.canary.requests.size).toBe(0);
  });

  it('SEC-HDR-09 an id token where an access token is wanted, and a token without use', async () => {
    await refused(strict.token({ ...good, token_use: 'id', nonce: 'n', at_hash: 'h' }), 401, 'token-invalid', strict);
    await refused(strict.token({ client_id: 'app' }), 401, 'token-invalid', strict);
  });
});

describe('the issuer', () => {
  it('SEC-ISS-01, SEC-ISS-02 spelled in another way is another', async () => {
    const { url } = door.issuer;
    const spelled = [`${url}/`, url.toUpperCase(), `${url}//`, `${url}/.`, `${url}%2f`, url.replace('http', 'https')];
    for (const iss of spelled) await refused(door.token({ iss }));
  });

  it('SEC-ISS-04 that nobody configured is not asked, by one issuer or several', async () => {
    for (const at of [door, strict]) {
      const token = at.token({ ...good, iss: at.canary.url }, { kid: 'stranger' }, keys.stranger);
      await refused(token, 401, 'token-invalid', at);
      expect(at.canary.requests.size).toBe(0);
    }
  });

  it.each([[undefined], [null], [42], ['list'], ['map']])('SEC-ISS-06 as %j', async (kind) => {
    const { url } = door.issuer;
    await refused(door.token({ iss: kind === 'list' ? [url] : kind === 'map' ? { 0: url } : kind }));
  });

  it('SEC-ISS-07 may assert its own tenants only', async () => {
    await refused(strict.token({ ...good, tenant: 'globex' }), 403, 'tenant-not-allowed', strict);
  });

  it('SEC-ISS-13 without its scheme is another', async () => {
    await refused(door.token({ iss: door.issuer.url.replace('http://', '') }));
  });
});

describe('the audience', () => {
  it.each([
    ['SEC-AUD-01', undefined],
    ['SEC-AUD-01', ''],
    ['SEC-AUD-01', []],
    ['SEC-AUD-02', 'other-api'],
  ])('%s as %j is refused', async (_, aud) => {
    await refused(door.token({ aud }));
  });

  it('SEC-AUD-03, SEC-AUD-04 in a list is taken, alone or not; in exact mode alone', async () => {
    const both = ['tvm', 'https://idp.example.com/userinfo'];
    for (const aud of [['tvm'], both]) {
      const answer = await door.ask({ authorization: door.token({ aud }) });
      expect([answer.status, (JSON.parse(answer.body) as { Tenant: string }).Tenant]).toEqual([200, 'acme']);
    }
    expect((await strict.ask({ authorization: strict.token({ ...good, aud: ['tvm'] }) })).status).toBe(200);
    await refused(strict.token({ ...good, aud: both }), 401, 'token-invalid', strict);
  });

  it('SEC-AUD-06 a client that is not listed is refused, by either claim', async () => {
    await refused(strict.token({ ...good, client_id: 'other' }), 401, 'token-invalid', strict);
    await refused(strict.token({ token_use: 'access', azp: 'other' }), 401, 'token-invalid', strict);
  });

  it('SEC-AUD-07 a Cognito access token is refused by an issuer that is not told to take one, and of another app client', async () => {
    const access = { aud: undefined, token_use: 'access' };
    await refused(door.token({ ...access, client_id: 'tvm' }));
    await refused(strict.token({ ...access, client_id: 'other' }), 401, 'token-invalid', strict);
  });
});

describe('the time', () => {
  it('SEC-TIME-01 is over beyond the leeway, not within it', async () => {
    await refused(door.token({ exp: now() - 32, iat: now() - 100 }), 401, 'token-expired');
    expect((await door.ask({ authorization: door.token({ exp: now() - 20, iat: now() - 100 }) })).status).toBe(200);
  });

  it.each<[string, () => Readonly<Record<string, unknown>>, string?]>([
    ['SEC-TIME-02 no exp', () => ({ exp: undefined })],
    ['SEC-TIME-03 an iat of tomorrow', () => ({ iat: now() + 86_400, exp: now() + 90_000 })],
    ['SEC-TIME-03 an iat after exp', () => ({ iat: now() + 20, exp: now() + 10 })],
    ['SEC-TIME-06 an nbf of ten minutes hence', () => ({ nbf: now() + 600 }), 'token-not-yet-valid'],
    ['an exp of 1e300', () => ({ exp: 1e300 })],
  ])('%s is refused', async (_, change, slug = 'token-invalid') => {
    await refused(door.token(change()), 401, slug);
  });

  it('SEC-TIME-09 a token older than its issuer allows', async () => {
    await refused(strict.token({ ...good, iat: now() - 25 * 3_600 }), 401, 'token-invalid', strict);
  });
});

describe('the form', () => {
  it('SEC-FMT-01 more than 16 kB is refused at once, before any key is looked for', async () => {
    const asked = door.issuer.requests.get('/jwks') ?? 0;
    const startedAt = performance.now();
    await refused(`${'A'.repeat(16_385)}.A.A`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(door.issuer.requests.get('/jwks') ?? 0).toBe(asked);
  });

  it.each<[string, (good: string) => string | Buffer]>([
    ['SEC-FMT-02 the tenant twice', (text) => text.replace('"tenant":"acme"', '"tenant":"acme","tenant":"globex"')],
    ['SEC-FMT-04 a byte that is no UTF-8', (text) => Buffer.from(text.replace('acme', 'ac\u00ff'), 'latin1')],
    ['SEC-FMT-06 2,500 arrays deep', (text) => text.replace('"acme"', `${'['.repeat(2_500)}${']'.repeat(2_500)}`)],
    [
      'SEC-FMT-06 10,000 claims',
      (text) => text.replace('{', `{${Array.from({ length: 10_000 }, (_, at) => `"c${at}":0,`).join('')}`),
    ],
    ['SEC-FMT-06 20,000 arrays deep', (text) => text.replace('"acme"', `${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
    ['SEC-FMT-06 a claim of a megabyte', (text) => text.replace('acme', 'a'.repeat(1_000_000))],
    ['SEC-FMT-07 __proto__', (text) => text.replace('"tenant":"acme"', '"__proto__":{"tenant":"globex"}')],
  ])('%s is refused', async (_, change) => {
    const startedAt = performance.now();
    await refused(raw(change(claims())));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect((await door.ask()).status, 'unharmed').toBe(200);
  });

  it('SEC-FMT-07 no tenant is found in a constructor', async () => {
    const tenant = { tenant: undefined, constructor: { prototype: { tenant: 'globex' } } };
    await refused(door.token(tenant), 403, 'tenant-invalid');
  });

  it.each<[string, (good: string) => string]>([
    ['padding', (text) => text.replace('.', '=.')],
    ['padding at the end', (text) => `${text}=`],
    ['the standard alphabet', (text) => text.replace(/\.[\w-]{2}/, '.+/')],
    ['white space', (text) => text.replace('.', '. ')],
  ])('SEC-FMT-09 %s is refused', async (_, change) => {
    await refused(change(door.token()));
  });

  it.each(['bearer', 'BEARER', 'Bearer'])('SEC-FMT-11 the scheme may be written %s', async (scheme) => {
    expect((await door.ask({ authorization: `${scheme} ${door.token()}` })).status).toBe(200);
  });

  it.each([
    'Bearer',
    'Bearer  TOKEN',
    'Bearer\tTOKEN',
    'Bearer a b',
    'Bearer TOKEN x',
    'Basic TOKEN',
    'Bearer TOKEN, Bearer TOKEN',
  ])('SEC-FMT-11 %j is refused', async (authorization) => {
    await door.expectRefused({ authorization: authorization.replaceAll('TOKEN', door.token()) }, 401, 'token-invalid');
  });

  it('SEC-FMT-13 a token in query, cookie or body is no token, and is not written down', async () => {
    const token = door.token();
    const json = { 'content-type': 'application/json' };
    const elsewhere: readonly Ask[] = [
      { path: `/v1/credentials?access_token=${token}` },
      { path: `/v1/credentials?token=${token}` },
      { headers: { cookie: `token=${token}` } },
      { method: 'POST', headers: json, body: JSON.stringify({ token }) },
    ];
    for (const request of elsewhere)
      await door.expectRefused({ ...request, authorization: null }, 401, 'token-missing');
    expect(door.written()).not.toContain(token.split('.')[1]);
  });

  it('a token twice is refused, in two headers as in one', async () => {
    const two = [`Bearer ${door.token()}`, `Bearer ${door.token({ tenant: 'globex' })}`];
    await door.expectRefused({ authorization: two }, 401, 'token-invalid');
  });
});

it.each([
  ['one function', () => door],
  ['the other', () => strict],
])('SEC-RESP-03 nothing that %s wrote holds a token, a session token or a secret', (_, at) => {
  expectSilence(at(), 20);
});
