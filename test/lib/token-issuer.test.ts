// Issuers as the configuration document has them, and what cannot be deployed.
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { PermissionSet, TenantAccess, TenantClaim, TokenIssuer } from '../../lib/index.ts';
import { addMachine, newStack } from './synthesised.ts';

const invalid = expect.objectContaining({ name: 'TvmIssuerInvalid' }) as Error;

describe('oidc', () => {
  test('takes its name from the host and its tenant from tenant_id', () => {
    expect(TokenIssuer.oidc('https://login.example.com/x/', { audiences: ['api'] }).configuration).toEqual({
      name: 'login-example-com',
      issuer: 'https://login.example.com/x/',
      audiences: ['api'],
      tenant: { claim: 'tenant_id' },
    });
  });

  test('passes every option on', () => {
    const options = {
      audiences: ['api', 'app'],
      name: 'main',
      jwksUri: 'https://keys.example.com/',
      tenantClaim: TenantClaim.path('org', 'id'),
      tenants: ['acme'],
      algorithms: ['ES256'] as const,
      subjectClaim: ['oid'],
      permissionSets: ['documents'],
      everyAudienceListed: true,
      clientIds: ['app'],
      maxTokenAgeSeconds: 60,
    };
    expect(TokenIssuer.oidc('https://idp.example.com/', options).configuration).toEqual({
      name: 'main',
      issuer: 'https://idp.example.com/',
      audiences: ['api', 'app'],
      jwksUri: 'https://keys.example.com/',
      tenant: { claim: ['org', 'id'] },
      tenants: ['acme'],
      algorithms: ['ES256'],
      subjectClaim: ['oid'],
      permissionSets: ['documents'],
      audienceMode: 'exact',
      clientIds: ['app'],
      maxTokenAgeSeconds: 60,
    });
  });

  test('a claim name with dots, colons or slashes is one name', () => {
    const claim = TenantClaim.named('https://example.com/claims.tenant:id');
    expect(claim.tenant).toEqual({ claim: 'https://example.com/claims.tenant:id' });
  });

  test.each([
    'http://localhost:4747/oidc',
    'https://localhost/',
    'https://LOCALHOST/',
    'http://127.0.0.1:4747/oidc',
    'https://127.9.9.9/',
    'https://[::1]/',
    'https://0.0.0.0/',
    'https://app.localhost/',
    'http://2130706433/',
  ])('refuses the loopback issuer %s', (address) => {
    expect(() => TokenIssuer.oidc(address, { audiences: ['api'] })).toThrow(invalid);
    expect(() => TokenIssuer.oidc('https://idp.example.com/', { audiences: ['api'], jwksUri: address })).toThrow(
      invalid,
    );
    expect(() => TokenIssuer.staticJwks(address, { keys: [] }, { audiences: ['api'] })).toThrow(invalid);
  });

  test('refuses a list of tenants beside any tenant', () => {
    const options = { audiences: ['api'], tenants: ['acme'], anyTenant: true };
    expect(() => TokenIssuer.oidc('https://idp.example.com/', options)).toThrow(invalid);
  });
});

describe('cognitoUserPool', () => {
  const stack = newStack();
  const pool = new UserPool(stack, 'Users');
  const client = pool.addClient('App');

  test('trusts access tokens of the named clients and needs no discovery', () => {
    const { configuration, warnings } = TokenIssuer.cognitoUserPool(pool, { clients: [client] });
    expect(stack.resolve(configuration)).toEqual({
      name: 'cognito',
      issuer: { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [expect.any(String), 'ProviderName'] }]] },
      audiences: [{ Ref: expect.any(String) as string }],
      tokenUse: 'access',
      jwksUri: {
        'Fn::Join': [
          '',
          ['https://', { 'Fn::GetAtt': [expect.any(String), 'ProviderName'] }, '/.well-known/jwks.json'],
        ],
      },
      tenant: { claim: 'tenant_id' },
    });
    expect(warnings).toEqual([]);
  });

  test('warns where users may be able to choose their tenant', () => {
    const issuer = TokenIssuer.cognitoUserPool(pool, {
      clients: [client],
      idTokens: true,
      tenantClaim: TenantClaim.named('custom:tenant_id'),
    });
    const access = TenantAccess.s3Prefix(new Bucket(stack, 'Data'));
    addMachine(stack, { issuers: [issuer], permissionSets: [PermissionSet.of('documents', access)] });
    Annotations.fromStack(stack).hasWarning('/Test/Tvm', Match.stringLikeRegexp('every user chooses their tenant'));
    expect(issuer.configuration.tokenUse).toBe('id');
  });
});

test('staticJwks pins the keys and copies them', () => {
  const key = { kty: 'EC', kid: '1', crv: 'P-256', x: 'x', y: 'y' };
  const issuer = TokenIssuer.staticJwks('https://idp.example.com/', { keys: [key] }, { audiences: ['api'] });
  key.kid = 'changed';
  expect(issuer.configuration.jwks).toEqual({ keys: [{ kty: 'EC', kid: '1', crv: 'P-256', x: 'x', y: 'y' }] });
  expect(issuer.configuration.jwksUri).toBeUndefined();
});
