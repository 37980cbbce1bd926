// What each named helper writes into the configuration, and what it warns of.
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Token } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { TenantClaim, TokenIssuer } from '../../../lib/index.ts';
import { newStack } from '../synthesised.ts';

const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const application = '6e74172b-be56-4843-9ff4-e66a39bb12e3';
const clientId = '1234987819200.apps.googleusercontent.com';
const tvm = ['https://tvm.example.com'];

describe('what a helper fills in', () => {
  test.each<[string, () => TokenIssuer, object]>([
    [
      'Google',
      () => TokenIssuer.google({ audiences: [clientId], tenants: ['example.com'] }),
      {
        name: 'google',
        issuer: 'https://accounts.google.com',
        audiences: [clientId],
        algorithms: ['RS256'],
        tenant: { claim: 'hd' },
        tenants: ['example.com'],
      },
    ],
    [
      'Auth0',
      () => TokenIssuer.auth0('example.eu.auth0.com', { audiences: ['https://api.example.com'] }),
      {
        name: 'example-eu-auth0-com',
        issuer: 'https://example.eu.auth0.com/',
        audiences: ['https://api.example.com'],
        algorithms: ['RS256'],
        jwksUri: 'https://example.eu.auth0.com/.well-known/jwks.json',
        tenant: { claim: 'org_id' },
      },
    ],
    [
      'Okta',
      () => TokenIssuer.okta('example.okta.com', { audiences: ['api://default'] }),
      {
        name: 'example-okta-com',
        issuer: 'https://example.okta.com/oauth2/default',
        audiences: ['api://default'],
        algorithms: ['RS256'],
        jwksUri: 'https://example.okta.com/oauth2/default/v1/keys',
        tenant: { claim: 'tenant_id' },
      },
    ],
    [
      'Entra ID',
      () => TokenIssuer.entraId(directory, { audiences: [application] }),
      {
        name: 'entra-id',
        issuer: `https://login.microsoftonline.com/${directory}/v2.0`,
        audiences: [application],
        algorithms: ['RS256'],
        jwksUri: `https://login.microsoftonline.com/${directory}/discovery/v2.0/keys`,
        tenant: { claim: 'tid' },
        tenants: [directory],
      },
    ],
    [
      'Entra ID with v1.0 tokens',
      () => TokenIssuer.entraId(directory, { audiences: ['api://documents'], v1Tokens: true }),
      {
        name: 'entra-id',
        issuer: `https://sts.windows.net/${directory}/`,
        audiences: ['api://documents'],
        algorithms: ['RS256'],
        jwksUri: `https://login.microsoftonline.com/${directory}/discovery/keys`,
        tenant: { claim: 'tid' },
        tenants: [directory],
      },
    ],
    [
      'an external tenant of Entra ID',
      () =>
        TokenIssuer.entraId(directory, {
          audiences: [application],
          authorityHost: `${directory}.ciamlogin.com`,
          tenantClaim: TenantClaim.named('extension_tenant'),
        }),
      {
        name: 'entra-id',
        issuer: `https://${directory}.ciamlogin.com/${directory}/v2.0`,
        audiences: [application],
        algorithms: ['RS256'],
        jwksUri: `https://${directory}.ciamlogin.com/${directory}/discovery/v2.0/keys`,
        tenant: { claim: 'extension_tenant' },
      },
    ],
    [
      'Firebase',
      () => TokenIssuer.firebase('my-project-12'),
      {
        name: 'firebase',
        issuer: 'https://securetoken.google.com/my-project-12',
        audiences: ['my-project-12'],
        algorithms: ['RS256'],
        jwksUri: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
        tenant: { claim: ['firebase', 'tenant'] },
      },
    ],
    [
      'Keycloak',
      () => TokenIssuer.keycloak('https://login.example.com/auth', { realm: 'customers', audiences: ['tvm'] }),
      {
        name: 'login-example-com',
        issuer: 'https://login.example.com/auth/realms/customers',
        audiences: ['tvm'],
        algorithms: ['RS256'],
        jwksUri: 'https://login.example.com/auth/realms/customers/protocol/openid-connect/certs',
        tenant: { claim: 'tenant_id' },
      },
    ],
    [
      'Facebook',
      () => TokenIssuer.facebookLimitedLogin('250848680337272'),
      {
        name: 'facebook',
        issuer: 'https://www.facebook.com',
        audiences: ['250848680337272'],
        algorithms: ['RS256'],
        jwksUri: 'https://limited.facebook.com/.well-known/oauth/openid/jwks/',
        tenant: { claim: 'sub' },
      },
    ],
    [
      'GitHub Actions',
      () => TokenIssuer.gitHubActions({ audiences: tvm, tenants: ['octo-org'] }),
      {
        name: 'github-actions',
        issuer: 'https://token.actions.githubusercontent.com',
        audiences: tvm,
        algorithms: ['RS256'],
        tenant: { claim: 'repository_owner' },
        tenants: ['octo-org'],
      },
    ],
    [
      'GitHub Actions of an enterprise',
      () =>
        TokenIssuer.gitHubActions({
          audiences: tvm,
          enterprise: 'octocat-inc',
          tenantClaim: TenantClaim.fixed('octocat'),
        }),
      {
        name: 'github-actions',
        issuer: 'https://token.actions.githubusercontent.com/octocat-inc',
        audiences: tvm,
        algorithms: ['RS256'],
        tenant: { fixed: 'octocat' },
      },
    ],
    [
      'Kubernetes',
      () => TokenIssuer.kubernetes('https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE', { audiences: tvm }),
      {
        name: 'kubernetes',
        issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE',
        audiences: tvm,
        tenant: { claim: ['kubernetes.io', 'namespace'] },
      },
    ],
    [
      'Kubernetes with keys elsewhere',
      () =>
        TokenIssuer.kubernetes('https://kubernetes.default.svc', {
          audiences: tvm,
          jwksUri: 'https://keys.example.com/cluster.json',
        }),
      {
        name: 'kubernetes',
        issuer: 'https://kubernetes.default.svc',
        audiences: tvm,
        jwksUri: 'https://keys.example.com/cluster.json',
        tenant: { claim: ['kubernetes.io', 'namespace'] },
      },
    ],
  ])('%s', (_, make, configuration) => {
    expect(make().configuration).toEqual(configuration);
    expect(make().warnings).toEqual([]);
  });

  test('pinned keys of Kubernetes are copied, and nothing is fetched', () => {
    const key = { kty: 'EC', kid: '1', crv: 'P-256', x: 'x', y: 'y' };
    const { configuration } = TokenIssuer.kubernetes('https://kubernetes.default.svc', {
      audiences: tvm,
      jwks: { keys: [key] },
    });
    key.kid = 'changed';
    expect(configuration.jwks).toEqual({ keys: [{ kty: 'EC', kid: '1', crv: 'P-256', x: 'x', y: 'y' }] });
    expect(configuration.jwksUri).toBeUndefined();
  });

  test('resources of Cognito become the audiences, and the app clients are checked beside them', () => {
    const pool = new UserPool(newStack(), 'Users');
    const client = pool.addClient('App');
    const { configuration } = TokenIssuer.cognitoUserPool(pool, { clients: [client], resources: tvm });
    expect(configuration).toMatchObject({ audiences: tvm, clientIds: [client.userPoolClientId], tokenUse: 'access' });
  });

  test("every option of the operator wins over the provider's", () => {
    const options = {
      name: 'mine',
      tenantClaim: TenantClaim.named('mine'),
      tenants: ['acme'],
      algorithms: ['ES256'] as const,
      subjectClaim: ['oid'],
      permissionSets: ['documents'],
      everyAudienceListed: true,
      clientIds: ['app'],
      maxTokenAgeSeconds: 60,
    };
    const expected = {
      name: 'mine',
      tenant: { claim: 'mine' },
      tenants: ['acme'],
      algorithms: ['ES256'],
      subjectClaim: ['oid'],
      permissionSets: ['documents'],
      audienceMode: 'exact',
      clientIds: ['app'],
      maxTokenAgeSeconds: 60,
    };
    for (const issuer of [
      TokenIssuer.google({ audiences: [clientId], ...options }),
      TokenIssuer.auth0('example.auth0.com', { audiences: ['api'], ...options }),
      TokenIssuer.okta('example.okta.com', { audiences: ['api'], ...options }),
      TokenIssuer.entraId(directory, { audiences: [application], ...options }),
      TokenIssuer.firebase('my-project-12', options),
      TokenIssuer.keycloak('https://login.example.com', { realm: 'r', audiences: ['tvm'], ...options }),
      TokenIssuer.facebookLimitedLogin('250848680337272', options),
      TokenIssuer.gitHubActions({ audiences: tvm, ...options }),
      TokenIssuer.kubernetes('https://k8s.example.com', { audiences: tvm, ...options }),
    ])
      expect(issuer.configuration).toMatchObject(expected);
  });

  test('a domain that only the deployment knows passes', () => {
    const domain = Token.asString({ Ref: 'Domain' });
    expect(TokenIssuer.auth0(domain, { audiences: ['api'] }).configuration.issuer).toBe(`https://${domain}/`);
  });

  test('a directory of Entra ID keeps an own list of tenants, or any', () => {
    const any = TokenIssuer.entraId(directory, { audiences: [application], anyTenant: true });
    expect(any.configuration).toMatchObject({ tenant: { claim: 'tid' }, tenants: 'any' });
    const fixed = TokenIssuer.entraId(directory, { audiences: [application], tenantClaim: TenantClaim.fixed('acme') });
    expect(fixed.configuration.tenant).toEqual({ fixed: 'acme' });
    expect(fixed.configuration.tenants).toBeUndefined();
  });
});

describe('what a helper warns of', () => {
  test('Google: every Workspace domain of the world, unless listed, meant or not asked', () => {
    const warnings = (options: object): readonly string[] =>
      TokenIssuer.google({ audiences: [clientId], ...options }).warnings;
    expect(warnings({})).toEqual([expect.stringContaining('Every Google Workspace domain') as string]);
    const fixed = { tenantClaim: TenantClaim.fixed('acme'), clientIds: [clientId] };
    for (const options of [{ tenants: ['a.com'] }, { anyTenant: true }, fixed]) expect(warnings(options)).toEqual([]);
  });

  test('Facebook: everybody in one tenant', () => {
    const { warnings } = TokenIssuer.facebookLimitedLogin('250848680337272', {
      tenantClaim: TenantClaim.fixed('acme'),
    });
    expect(warnings).toEqual([expect.stringContaining('Every Facebook account') as string]);
  });
});
