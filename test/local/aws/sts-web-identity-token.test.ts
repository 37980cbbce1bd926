// Tokens that AssumeRoleWithWebIdentity refuses, whatever the role.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployedIssuer, issuer } from './identity-provider.ts';
import { refusal } from './room.ts';
import { acme, openWebIdentityRoom, sourceClaim, tagsClaim, type WebIdentityRoom } from './web-identity-room.ts';

let web: WebIdentityRoom;
beforeAll(async () => {
  web = await openWebIdentityRoom();
});
afterAll(() => web.stop());

const assume: WebIdentityRoom['assume'] = (...input) => web.assume(...input);

describe('a web identity token', () => {
  const now = Math.floor(Date.now() / 1000);
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['expired', { exp: now - 1, iat: now - 100 }, 'ExpiredTokenException 400'],
    ['without exp', { exp: undefined }, 'InvalidIdentityToken 400'],
    ['whose exp is a text', { exp: String(now + 600) }, 'InvalidIdentityToken 400'],
    ['whose exp is a fraction', { exp: now + 600.5 }, 'InvalidIdentityToken 400'],
    ['without iat', { iat: undefined }, 'InvalidIdentityToken 400'],
    ['without sub', { sub: undefined }, 'InvalidIdentityToken 400'],
    ['with an empty sub', { sub: '' }, 'InvalidIdentityToken 400'],
    ['whose sub is a number', { sub: 1001 }, 'InvalidIdentityToken 400'],
    ['for another audience', { aud: 'someone-else' }, 'InvalidIdentityToken 400'],
    ['without an audience', { aud: undefined }, 'InvalidIdentityToken 400'],
    ['with an empty list of audiences', { aud: [] }, 'InvalidIdentityToken 400'],
    ['whose azp is another client', { azp: 'someone-else' }, 'InvalidIdentityToken 400'],
    ['of an unknown issuer', { iss: 'https://evil.example' }, 'InvalidIdentityToken 400'],
    ['whose issuer has a slash more', { iss: `${issuer}/` }, 'InvalidIdentityToken 400'],
    ['whose issuer is the deployed one', { iss: deployedIssuer }, 'InvalidIdentityToken 400'],
    ['without an issuer', { iss: undefined }, 'InvalidIdentityToken 400'],
    ['that is not valid yet', { nbf: now + 60 }, 'IDPRejectedClaim 403'],
    ['whose tags are a text', { [tagsClaim]: 'TenantId=acme' }, 'IDPRejectedClaim 403'],
    [
      'with two values for one tag',
      { [tagsClaim]: { principal_tags: { TenantId: ['acme', 'globex'] } } },
      'IDPRejectedClaim 403',
    ],
    ['with a tag without a value', { [tagsClaim]: { principal_tags: { TenantId: [] } } }, 'IDPRejectedClaim 403'],
    ['with a star in a tag', { [tagsClaim]: { principal_tags: { TenantId: ['*'] } } }, 'IDPRejectedClaim 403'],
    [
      'with tag keys that differ in case only',
      { [tagsClaim]: { principal_tags: { A: ['1'], a: ['2'] } } },
      'IDPRejectedClaim 403',
    ],
    [
      'with a transitive key that is no tag',
      { [tagsClaim]: { principal_tags: {}, transitive_tag_keys: ['TenantId'] } },
      'IDPRejectedClaim 403',
    ],
    [
      'with tags in both forms',
      { ...acme, [`${tagsClaim}/principal_tags/TenantId`]: 'globex' },
      'IDPRejectedClaim 403',
    ],
    ['whose source identity has a slash', { [sourceClaim]: 'a/b' }, 'IDPRejectedClaim 403'],
    ['whose source identity is a list', { [sourceClaim]: ['alice'] }, 'IDPRejectedClaim 403'],
    [
      'with more tags than can be packed',
      {
        [tagsClaim]: {
          principal_tags: Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`k${n}`, ['v'.repeat(250)]])),
        },
      },
      'PackedPolicyTooLarge 400',
    ],
  ])('refuses a token %s', async (_, claims, expected) => {
    expect(await refusal(assume(claims))).toBe(expected);
  });

  test('refuses tokens whose signature is not of the provider', async () => {
    const good = await web.provider.token();
    const [header, , signature] = good.split('.');
    const other = Buffer.from(
      JSON.stringify({ iss: issuer, aud: 'tvm', sub: 'root', iat: now, exp: now + 600 }),
    ).toString('base64url');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
    for (const token of [
      await web.provider.token({}, { foreign: true }),
      await web.provider.token({}, { kid: 'k2' }),
      `${header}.${other}.${signature}`,
      `${good.slice(0, -6)}AAAAAA`,
      none,
      'abcd',
      good.split('.').slice(0, 2).join('.'),
    ]) {
      expect(await refusal(assume({}, { WebIdentityToken: token }))).toBe('InvalidIdentityToken 400');
    }
  });

  test('refuses an expired token of a stranger as a stranger', async () => {
    const token = await web.provider.token({ exp: 1, iat: 0 }, { foreign: true });
    expect(await refusal(assume({}, { WebIdentityToken: token }))).toBe('InvalidIdentityToken 400');
  });
});
