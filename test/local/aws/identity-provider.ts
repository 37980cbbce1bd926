// An OpenID Connect provider for the tests of local STS: its keys, its entry in the account, and tokens as good or bad as asked for.
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { PolicyStatement } from '../../../core/iam/index.ts';
import type { LocalOidcProvider } from '../../../local/account.ts';
import { accountId } from './account-fixture.ts';

export const issuer = 'https://idp.example';
export const deployedIssuer = 'https://login.example.com/pool';
export const providerArn = (hostPath: string): string => `arn:aws:iam::${accountId}:oidc-provider/${hostPath}`;

/** A provider and whoever signs in its name. */
export interface TestProvider {
  readonly entry: LocalOidcProvider;
  /** A token; `claims` win, and undefined takes a claim away. `foreign` signs with a key that the provider does not have. */
  readonly token: (
    claims?: Readonly<Record<string, unknown>>,
    more?: { readonly foreign?: boolean; readonly kid?: string },
  ) => Promise<string>;
}

/** A provider with fresh keys. */
export async function createTestProvider(): Promise<TestProvider> {
  const own = await generateKeyPair('ES256', { extractable: true });
  const foreign = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  return {
    entry: { issuer, standsFor: [deployedIssuer], audiences: ['tvm', 'second-client'], keys: { keys: [jwk] } },
    token: async (claims = {}, more = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const all: Readonly<Record<string, unknown>> = {
        iss: issuer,
        aud: 'tvm',
        sub: 'u-1001',
        iat: now - 5,
        exp: now + 600,
        ...claims,
      };
      const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(present)
        .setProtectedHeader({ alg: 'ES256', kid: more.kid ?? 'k1' })
        .sign(more.foreign === true ? foreign.privateKey : own.privateKey);
    },
  };
}

/** A trust statement for a provider, under the name it has in its ARN. */
export function trustProvider(
  hostPath: string,
  condition?: PolicyStatement['Condition'],
  actions: readonly string[] = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
): PolicyStatement {
  return {
    Effect: 'Allow',
    Principal: { Federated: providerArn(hostPath) },
    Action: actions,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}
