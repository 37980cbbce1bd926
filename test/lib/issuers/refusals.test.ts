// What the named helpers refuse: settings with which no token would match, or with which everybody's would.
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { describe, expect, test } from 'vitest';
import { SynthError, TenantClaim, TokenIssuer } from '../../../lib/index.ts';
import { newStack } from '../synthesised.ts';

const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const application = '6e74172b-be56-4843-9ff4-e66a39bb12e3';
const clientId = '1234987819200.apps.googleusercontent.com';
const tvm = ['https://tvm.example.com'];

describe('what a helper refuses', () => {
  const auth0 = (domain: string, audience = 'api') => TokenIssuer.auth0(domain, { audiences: [audience] });
  const okta = (domain: string, authorizationServerId = 'default') =>
    TokenIssuer.okta(domain, { audiences: ['api'], authorizationServerId });
  const entra = (id: string, options: object = {}) => TokenIssuer.entraId(id, { audiences: [application], ...options });
  const keycloak = (url: string, realm = 'customers', audience = 'tvm') =>
    TokenIssuer.keycloak(url, { realm, audiences: [audience] });
  const gitHub = (options: object) => TokenIssuer.gitHubActions({ audiences: tvm, ...options });
  const kubernetes = (issuer: string, options: object = {}) =>
    TokenIssuer.kubernetes(issuer, { audiences: tvm, ...options });
  const pool = new UserPool(newStack(), 'Users');

  test.each<[string, () => TokenIssuer, string]>([
    ['a Google audience of another kind', () => TokenIssuer.google({ audiences: ['my-app'] }), 'copy the client id'],
    ['a Google audience with https', () => TokenIssuer.google({ audiences: [`https://${clientId}`] }), 'copy the'],
    [
      'Google as one fixed tenant for all its service accounts',
      () => TokenIssuer.google({ audiences: [clientId], tenantClaim: TenantClaim.fixed('acme') }),
      'internal to your organization',
    ],
    ['an Auth0 domain with https', () => auth0('https://example.auth0.com'), 'leave out https://'],
    ['an Auth0 domain with a slash', () => auth0('example.auth0.com/'), 'from the first slash'],
    ['an Auth0 domain in upper case', () => auth0('Example.auth0.com'), 'leave out https://'],
    [
      'the userinfo audience of Auth0',
      () => auth0('example.auth0.com', 'https://example.auth0.com/userinfo'),
      'create an API',
    ],
    ["Okta's administrators' console", () => okta('example-admin.okta.com'), 'leave out -admin'],
    ['an Okta issuer for a domain', () => okta('example.okta.com/oauth2/default'), 'from the first slash'],
    ['an authorization server with a path', () => okta('example.okta.com', 'default/v1'), 'copy it from the list'],
    ['no authorization server', () => okta('example.okta.com', ''), 'copy it from the list'],
    ['all directories of Entra ID', () => entra('common'), 'one TokenIssuer.entraId per directory'],
    ['all organizations of Entra ID', () => entra('organizations'), 'one TokenIssuer.entraId per directory'],
    ['all consumers of Entra ID', () => entra('consumers'), 'one TokenIssuer.entraId per directory'],
    ['all personal accounts', () => entra('9188040d-6c67-4c5b-b112-36a304b66dad'), 'trust an issuer that'],
    ['a directory by its domain', () => entra('example.onmicrosoft.com'), 'copy the directory (tenant) id'],
    ['a directory in upper case', () => entra(directory.toUpperCase()), 'copy the directory (tenant) id'],
    ["the placeholder of Microsoft's discovery", () => entra('{tenantid}'), 'copy the directory (tenant) id'],
    ['an id URI where tokens are v2.0', () => entra(directory, { audiences: ['api://documents'] }), 'set v1Tokens'],
    ['an authority with https', () => entra(directory, { authorityHost: 'https://login.microsoftonline.us' }), 'https'],
    [
      'v1.0 tokens of another cloud',
      () => entra(directory, { v1Tokens: true, authorityHost: 'login.microsoftonline.us' }),
      'requestedAccessTokenVersion',
    ],
    ['a Firebase project by its number', () => TokenIssuer.firebase('123456789012'), 'not the number'],
    ['a Firebase project by its address', () => TokenIssuer.firebase('https://securetoken.google.com/p'), 'project id'],
    ['a Keycloak address with a slash', () => keycloak('https://login.example.com/'), 'the slash at the end'],
    ['a Keycloak realm in the address', () => keycloak('https://login.example.com/realms/x'), 'from /realms on'],
    ['a Keycloak address without https', () => keycloak('login.example.com'), 'the slash at the end'],
    ['a realm with a slash', () => keycloak('https://login.example.com', 'a/b'), 'TokenIssuer.oidc'],
    [
      'the audience of all tokens of a realm',
      () => keycloak('https://login.example.com', 'customers', 'account'),
      'audience mapper',
    ],
    ['a Facebook app by its name', () => TokenIssuer.facebookLimitedLogin('my-app'), 'copy the app id'],
    ['GitHub for all accounts', () => gitHub({}), 'list the organizations'],
    ['GitHub as one fixed tenant', () => gitHub({ tenantClaim: TenantClaim.fixed('acme') }), 'repository_owner_id'],
    [
      'GitHub as one fixed tenant, listed',
      () => gitHub({ tenantClaim: TenantClaim.fixed('acme'), tenants: ['acme'] }),
      'repository_owner_id',
    ],
    ['the audience of AWS on GitHub', () => gitHub({ audiences: ['sts.amazonaws.com'], tenants: ['o'] }), 'name your'],
    ["GitHub's default audience", () => gitHub({ audiences: ['https://github.com/o'], tenants: ['o'] }), 'name your'],
    ['an enterprise with a path', () => gitHub({ enterprise: 'a/b' }), 'copy the slug'],
    ['an inner issuer without keys', () => kubernetes('https://kubernetes.default.svc.cluster.local'), 'as jwks'],
    ['an inner issuer without keys, short', () => kubernetes('https://kubernetes.default.svc'), 'as jwks'],
    [
      'keys and their address',
      () => kubernetes('https://k8s.example.com', { jwks: { keys: [] }, jwksUri: 'https://k8s.example.com/keys' }),
      'drop jwks',
    ],
    [
      "the API server's audience",
      () => kubernetes('https://k8s.example.com', { audiences: ['https://kubernetes.default.svc'] }),
      'name your own',
    ],
    [
      'the audience of IRSA',
      () => kubernetes('https://k8s.example.com', { audiences: ['sts.amazonaws.com'] }),
      'name your own',
    ],
    [
      'a loopback key address',
      () => kubernetes('https://k8s.example.com', { jwksUri: 'https://127.0.0.1/k' }),
      'real issuer',
    ],
    ['a loopback server of Keycloak', () => keycloak('http://localhost:8080'), 'the real issuer'],
    [
      'ID tokens with resources of Cognito',
      () => TokenIssuer.cognitoUserPool(pool, { clients: [], idTokens: true, resources: tvm }),
      'drop resources',
    ],
    [
      'a list of tenants beside any tenant',
      () => TokenIssuer.firebase('my-project-12', { tenants: ['acme'], anyTenant: true }),
      'drop anyTenant',
    ],
  ])('%s', (_, make, fix) => {
    let thrown: unknown;
    try {
      make();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SynthError);
    const { name, message } = thrown as SynthError;
    expect(name).toBe('TvmIssuerInvalid');
    expect(message).toMatch(/^.+\. Got: .+\. Allowed: .+\. Fix: .+\.$/s);
    expect(message.slice(message.indexOf('Fix: '))).toContain(fix);
  });
});
