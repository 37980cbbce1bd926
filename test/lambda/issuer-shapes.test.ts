// The tokens that identity providers really make, through the real verifier, with the configuration that the named helper
// deploys: who gets in and as which tenant, and everything of the same provider that must not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Stack } from 'aws-cdk-lib';
import { parseVendingConfig, type VendingConfig } from '../../core/config.ts';
import type { TvmErrorCode } from '../../core/errors.ts';
import { decideGrant } from '../../core/grant.ts';
import { decideTenant } from '../../core/tenant.ts';
import { createTokenVerifier } from '../../lambda/token-verifier.ts';
import { PermissionSet, TenantAccess, TenantClaim, TokenIssuer } from '../../lib/index.ts';
import { addMachine, newApp, synthesise } from '../lib/synthesised.ts';
import shapes from '../vectors/issuer-shapes.json' with { type: 'json' };
import { answerJson, base64Url, ecKey, rsaKey, signToken, startPeer, type Peer, type TestKey } from './fixtures.ts';

type Json = Readonly<Record<string, unknown>>;

interface Refusal {
  readonly why: string;
  readonly header?: Json;
  readonly claims?: Json;
  readonly remove?: readonly string[];
  /** A token as it is, where the provider's is no JWT of three parts. */
  readonly token?: string;
  readonly code: TvmErrorCode;
}

interface Shape {
  readonly id: string;
  /** The helper that trusts it, by name of the table below. */
  readonly issuer: string;
  /** Where the provider shows the shape. Host names, ids and audiences are changed to the examples here. */
  readonly source: string;
  /** Claims that the provider adds only when told to. */
  readonly added?: readonly string[];
  readonly header: Json;
  readonly claims: Json & { readonly iss: string; readonly iat: number; readonly exp: number };
  readonly tenant: string;
  readonly subject: string;
  readonly refusals: readonly Refusal[];
}

const vectors = shapes as unknown as readonly Shape[];
const pinned = ecKey('pinned');
const directory = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const guestDirectory = 'fa15d692-e9c7-4460-a743-29f2956fd429';
const tvm = ['https://tvm.example.com'];

/** The helpers under test, as a deployment would write them. */
const helpers: Readonly<Record<string, (stack: Stack) => TokenIssuer>> = {
  cognito: (stack) => TokenIssuer.cognitoUserPool(poolOf(stack), { clients: [clientOf(stack)], tenants: ['acme'] }),
  'cognito-resource': (stack) =>
    TokenIssuer.cognitoUserPool(poolOf(stack), { clients: [clientOf(stack)], resources: tvm, tenants: ['acme'] }),
  'cognito-id': (stack) =>
    TokenIssuer.cognitoUserPool(poolOf(stack), {
      clients: [clientOf(stack)],
      idTokens: true,
      tenantClaim: TenantClaim.named('custom:tenant_id'),
      tenants: ['acme'],
    }),
  google: () =>
    TokenIssuer.google({ audiences: ['1234987819200.apps.googleusercontent.com'], tenants: ['example.com'] }),
  auth0: () =>
    TokenIssuer.auth0('my-domain.auth0.com', {
      audiences: ['https://example.com/health-api'],
      clientIds: ['my_client_id'],
      tenants: ['org_9ybsU1dN2dKfDkBi'],
    }),
  'auth0-id': () =>
    TokenIssuer.auth0('my-domain.auth0.com', { audiences: ['my_client_id'], tenants: ['org_9ybsU1dN2dKfDkBi'] }),
  okta: () =>
    TokenIssuer.okta('example.okta.com', {
      audiences: ['api://default'],
      clientIds: ['0oaoesxtxmPf08QHk0h7'],
      tenants: ['acme'],
    }),
  'okta-id': () =>
    TokenIssuer.okta('example.okta.com', {
      audiences: ['0oaoesxtxmPf08QHk0h7'],
      authorizationServerId: 'aus9o8wzkhckw9TLa0h7',
      tenants: ['acme'],
    }),
  entra: () =>
    TokenIssuer.entraId(directory, { audiences: ['6e74172b-be56-4843-9ff4-e66a39bb12e3'], subjectClaim: ['oid'] }),
  'entra-v1': () =>
    TokenIssuer.entraId(guestDirectory, {
      audiences: ['ef1da9d4-ff77-4c3e-a005-840c3f830745'],
      clientIds: ['75dbe77f-10a3-4e59-85fd-8c127544f17c'],
      v1Tokens: true,
    }),
  firebase: () => TokenIssuer.firebase('my-project-12', { tenants: ['tenant-acme-en2vw'] }),
  keycloak: () =>
    TokenIssuer.keycloak('https://login.example.com', { realm: 'customers', audiences: ['tvm'], tenants: ['acme'] }),
  facebook: () => TokenIssuer.facebookLimitedLogin('250848680337272'),
  github: () => TokenIssuer.gitHubActions({ audiences: tvm, tenants: ['octo-org'] }),
  'github-owner-id': () =>
    TokenIssuer.gitHubActions({
      audiences: tvm,
      tenantClaim: TenantClaim.named('repository_owner_id'),
      tenants: ['123456'],
    }),
  kubernetes: () =>
    TokenIssuer.kubernetes('https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE', {
      audiences: tvm,
      tenants: ['my-namespace'],
    }),
  'kubernetes-pinned': () =>
    TokenIssuer.kubernetes('https://kubernetes.default.svc.cluster.local', {
      audiences: tvm,
      tenants: ['my-namespace'],
      jwks: { keys: [pinned.jwk] },
    }),
};

const poolOf = (stack: Stack): ReturnType<typeof UserPool.fromUserPoolId> =>
  UserPool.fromUserPoolId(stack, 'Users', 'us-west-2_Example12');
const clientOf = (stack: Stack): ReturnType<typeof UserPoolClient.fromUserPoolClientId> =>
  UserPoolClient.fromUserPoolClientId(stack, 'App', '57cbishk4j24pabc1234567890');

const keys = new Map<string, TestKey>();
let keyServer: Peer;

beforeAll(async () => {
  for (const { header } of vectors) keys.set(String(header['kid']), rsaKey(String(header['kid'])));
  keys.set('pinned', pinned);
  keyServer = await startPeer((_, response) =>
    answerJson(response, { keys: [...keys.values()].map(({ jwk }) => jwk) }),
  );
});

afterAll(async () => keyServer.stop());

const configs = new Map<string, VendingConfig>();

/** The configuration as the deployed function reads it, but for the address of the keys, which is ours. */
function configOf(helper: string): VendingConfig {
  const known = configs.get(helper);
  if (known !== undefined) return known;
  const app = newApp();
  const stack = new Stack(app, 'Test', { env: { region: 'us-west-2', account: '111122223333' } });
  const access = [TenantAccess.s3Prefix(new Bucket(stack, 'Data'))];
  const rules = helper === 'entra' ? { requires: [{ claim: 'scp', contains: 'access_as_user' }] } : {};
  addMachine(stack, {
    issuers: [helpers[helper]!(stack)],
    permissionSets: [PermissionSet.define('documents', { access, ...rules })],
  });
  const config = JSON.parse(JSON.stringify(synthesise(app).config)) as {
    issuers: { jwksUri?: string; jwks?: unknown }[];
  };
  for (const issuer of config.issuers) if (issuer.jwks === undefined) issuer.jwksUri = `${keyServer.url}/jwks`;
  const parsed = parseVendingConfig(config);
  configs.set(helper, parsed);
  return parsed;
}

/** The vend up to the grant, one minute after the token was made. */
async function decide(shape: Shape, token: string, secondsLater = 60): Promise<{ tenant: string; subject: string }> {
  const config = configOf(shape.issuer);
  const now = shape.claims.iat + secondsLater;
  const { verifyToken } = createTokenVerifier(config, () => now * 1000);
  const claims = await verifyToken(token, new AbortController().signal);
  const tenant = decideTenant(config, claims);
  return { tenant, subject: decideGrant(config, claims, tenant, {}, now).subject };
}

interface Change {
  readonly header?: Json;
  readonly claims?: Json;
  readonly remove?: readonly string[];
  readonly key?: TestKey;
}

/** The token of the shape, changed and signed well: what is refused is refused for what it says. */
function tokenOf(shape: Shape, { header = {}, claims = {}, remove = [], key }: Change = {}): string {
  const head = { ...shape.header, ...header };
  const body: Record<string, unknown> = { ...shape.claims, ...claims };
  for (const name of remove) Reflect.deleteProperty(body, name);
  if (head['alg'] === 'none') return `${base64Url(head)}.${base64Url(body)}.AA`;
  return signToken(key ?? keys.get(String(head['kid'])) ?? keys.get(String(shape.header['kid']))!, head, body);
}

/** The path of the tenant claim in the deployed configuration. */
function tenantPath(shape: Shape): readonly string[] {
  const { tenant } = configOf(shape.issuer).issuers[0]!;
  if ('fixed' in tenant) throw new TypeError('no helper here has a fixed tenant');
  return typeof tenant.claim === 'string' ? [tenant.claim] : tenant.claim;
}

/** The claims with the tenant replaced, by undefined too. */
function withTenant(shape: Shape, value: unknown): Json {
  const place = (path: readonly string[], into: unknown): unknown => {
    const [name, ...rest] = path;
    return name === undefined ? value : { ...(into as Json), [name]: place(rest, (into as Json)[name]) };
  };
  return place(tenantPath(shape), shape.claims) as Json;
}

describe.each(vectors)('$id', (shape) => {
  const refuses = async (token: string, code: TvmErrorCode, secondsLater?: number): Promise<void> => {
    await expect(decide(shape, token, secondsLater)).rejects.toMatchObject({ code });
  };

  it('is accepted, as its tenant and subject', async () => {
    await expect(decide(shape, tokenOf(shape))).resolves.toEqual({ tenant: shape.tenant, subject: shape.subject });
    expect(shape.source).toMatch(/^https:\/\//);
  });

  it('is refused for another audience, for a list of others and for a longer one', async () => {
    const name = shape.claims['aud'] === undefined ? 'client_id' : 'aud';
    const own = [shape.claims[name]].flat()[0];
    for (const other of ['https://other.example.com', `${String(own)}.other`, ''])
      await refuses(tokenOf(shape, { claims: { [name]: other } }), 'token-invalid');
    await refuses(tokenOf(shape, { claims: { aud: ['https://other.example.com'] } }), 'token-invalid');
    await refuses(tokenOf(shape, { remove: [name] }), 'token-invalid');
  });

  it('is refused under an issuer that is spelled in another way', async () => {
    const { iss } = shape.claims;
    const slash = iss.endsWith('/') ? iss.slice(0, -1) : `${iss}/`;
    for (const other of [slash, iss.toUpperCase(), iss.replace('https', 'http'), `${iss}.evil.example`, ''])
      await refuses(tokenOf(shape, { claims: { iss: other } }), 'token-invalid');
  });

  it('is refused without its tenant, and with one that is no single id', async () => {
    // Where the tenant is the subject, a token without it is no token.
    const code = tenantPath(shape)[0] === 'sub' ? 'token-invalid' : 'tenant-invalid';
    for (const other of [undefined, null, [shape.tenant], { id: shape.tenant }, 5, ''])
      await refuses(tokenOf(shape, { claims: withTenant(shape, other) }), code);
    for (const other of ['a/b', '../b', `${shape.tenant}*`, ` ${shape.tenant}`])
      await refuses(tokenOf(shape, { claims: withTenant(shape, other) }), 'tenant-invalid');
  });

  it('is refused for a tenant that its issuer may not assert', async () => {
    if (configOf(shape.issuer).issuers[0]!.tenants === undefined) {
      // Facebook: every person is a tenant, so nothing is listed, and nobody else's claim can name one.
      expect(tenantPath(shape)).toEqual(['sub']);
      return;
    }
    for (const other of ['globex', `${shape.tenant}x`, shape.tenant.slice(0, -1)])
      await refuses(tokenOf(shape, { claims: withTenant(shape, other) }), 'tenant-not-allowed');
  });

  it('is refused after its end, before its beginning and without an end', async () => {
    const life = shape.claims.exp - shape.claims.iat;
    await refuses(tokenOf(shape), 'token-expired', life + 31);
    await refuses(tokenOf(shape, { remove: ['exp'] }), 'token-invalid');
    await refuses(tokenOf(shape, { claims: { nbf: shape.claims.iat + 3600 } }), 'token-not-yet-valid');
  });

  it('is refused under any other key or algorithm', async () => {
    const kid = String(shape.header['kid']);
    await refuses(tokenOf(shape, { key: rsaKey(kid) }), 'token-invalid');
    await refuses(tokenOf(shape, { header: { kid: 'unknown' } }), 'token-invalid');
    await refuses(tokenOf(shape, { header: { alg: 'none' } }), 'token-invalid');
    await refuses(tokenOf(shape, { header: { alg: 'RS512' } }), 'token-invalid');
    await refuses(tokenOf(shape, { header: { alg: 'HS256' } }), 'token-invalid');
  });

  it.each(shape.refusals)('is not to be confused with: $why', async ({ token, code, ...change }) => {
    await refuses(token ?? tokenOf(shape, change), code);
  });
});

it('counts cid and appid only where no standard claim names the client', async () => {
  const okta = vectors.find(({ id }) => id === 'okta-access')!;
  const client = okta.claims['cid'];
  const accepted = tokenOf(okta, { claims: { azp: client, cid: 'customer-5' } });
  await expect(decide(okta, accepted)).resolves.toMatchObject({ tenant: 'acme' });
  for (const claims of [
    { client_id: 'other', cid: client },
    { cid: client, appid: 'other' },
    { cid: [client] },
    { azp: null, cid: client },
  ])
    await expect(decide(okta, tokenOf(okta, { claims }))).rejects.toMatchObject({ code: 'token-invalid' });
  await expect(decide(okta, tokenOf(okta, { remove: ['cid'] }))).rejects.toMatchObject({ code: 'token-invalid' });
});

it('has a shape for every helper, and a helper for every shape', () => {
  expect(new Set(vectors.map(({ issuer }) => issuer))).toEqual(new Set(Object.keys(helpers)));
});
