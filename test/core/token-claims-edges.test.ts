// Claims at their edges: which claim names the client, when a second decides, and where a list ends.
import { describe, expect, it } from 'vitest';
import { checkClaims } from '../../core/token-claims.ts';
import { codeOf, configWith, issuerInput, now, type Json } from './fixtures.ts';

const good = { iss: 'https://idp.example/', aud: 'tvm', sub: 'alice', tenant: 'acme', iat: now - 60, exp: now + 3600 };
const check = (issuer: Json, claims: Json, at = now): unknown =>
  checkClaims(configWith({ issuers: [issuerInput(issuer)] }), 0, { ...good, ...claims }, at);

describe('the client of a token', () => {
  const listed = { clientIds: ['app', 'other'] };

  it.each([
    { azp: 'app' },
    { client_id: 'other' },
    { azp: 'app', client_id: 'other' },
    { cid: 'app' },
    { appid: 'other' },
    { cid: 'app', appid: 'app' },
    { azp: 'app', cid: 'stranger' },
    { client_id: 'app', appid: 'stranger' },
  ])('is accepted where every claim that counts is listed: %j', (claims) => {
    expect(() => check(listed, claims)).not.toThrow();
  });

  it.each([
    {},
    { azp: 'stranger' },
    { azp: 'app', client_id: 'stranger' },
    { azp: 'stranger', client_id: 'app' },
    { azp: 'stranger', cid: 'app' },
    { client_id: 'stranger', appid: 'app' },
    { cid: 'stranger' },
    { appid: 'stranger' },
    { cid: 'app', appid: 'stranger' },
    { azp: ['app'] },
    { azp: null },
    { azp: '' },
    { client: 'app' },
  ])('is refused: %j', (claims) => {
    expect(codeOf(() => check(listed, claims))).toBe('token-invalid');
  });

  it('is anybody where none is listed', () => {
    expect(() => check({}, { azp: 'stranger', cid: 5 })).not.toThrow();
  });
});

describe('the audience of a token', () => {
  it.each([[], [''], ['tvm', ''], ['tvm', 5], '', 5, null, undefined, ['other'], 'other', {}])(
    'is refused: %j',
    (aud) => {
      expect(codeOf(() => check({}, { aud }))).toBe('token-invalid');
    },
  );

  it('is one of a list, or every one of it where that is asked for', () => {
    expect(() => check({}, { aud: ['other', 'tvm'] })).not.toThrow();
    expect(codeOf(() => check({ audienceMode: 'exact' }, { aud: ['other', 'tvm'] }))).toBe('token-invalid');
    expect(() =>
      check({ audienceMode: 'exact', audiences: ['tvm', 'other'] }, { aud: ['other', 'tvm'] }),
    ).not.toThrow();
  });

  it('is the client of an access token that has none, and only then', () => {
    const access = { tokenUse: 'access' };
    const claims = { aud: undefined, token_use: 'access', client_id: 'tvm' };
    expect(() => check(access, claims)).not.toThrow();
    expect(codeOf(() => check(access, { ...claims, client_id: ['tvm'] }))).toBe('token-invalid');
    expect(codeOf(() => check(access, { ...claims, aud: 'other' }))).toBe('token-invalid');
    expect(codeOf(() => check({ tokenUse: 'id' }, { ...claims, token_use: 'id' }))).toBe('token-invalid');
    expect(codeOf(() => check({}, claims))).toBe('token-invalid');
  });
});

describe('the times of a token', () => {
  it.each([
    ['exp', { exp: now - 29 }, null],
    ['exp', { exp: now - 30 }, 'token-expired'],
    ['nbf', { nbf: now + 30 }, null],
    ['nbf', { nbf: now + 31 }, 'token-not-yet-valid'],
    ['iat', { iat: now + 30 }, null],
    ['iat', { iat: now + 31 }, 'token-invalid'],
    ['iat', { iat: now + 20, exp: now + 20 }, null],
    ['iat', { iat: now + 21, exp: now + 20 }, 'token-invalid'],
    ['age', { iat: now - 630 }, null],
    ['age', { iat: now - 631 }, 'token-invalid'],
    ['life', { iat: undefined, exp: now + 600 }, 'token-invalid'],
    ['date', { nbf: -1 }, 'token-invalid'],
    ['date', { nbf: 0 }, null],
    ['date', { exp: 253_402_300_800 }, 'token-invalid'],
    ['date', { nbf: '0' }, 'token-invalid'],
    ['date', { nbf: 0.5 }, 'token-invalid'],
    ['date', { nbf: null }, 'token-invalid'],
  ] as const)('%s %j: %s', (_, claims, code) => {
    const run = (): unknown => check({ maxTokenAgeSeconds: 600 }, claims);
    if (code === null) expect(run).not.toThrow();
    else expect(codeOf(run)).toBe(code);
  });

  it('without iat are bounded by the maximum age from now', () => {
    const { iat: _, ...rest } = good;
    const config = configWith({ issuers: [issuerInput({ maxTokenAgeSeconds: 600 })] });
    expect(() => checkClaims(config, 0, { ...rest, exp: now + 600 }, now)).not.toThrow();
    expect(codeOf(() => checkClaims(config, 0, { ...rest, exp: now + 601 }, now))).toBe('token-invalid');
    // With iat the end may be further away: the age is what counts.
    expect(() => checkClaims(config, 0, { ...good, exp: now + 601 }, now)).not.toThrow();
  });
});
