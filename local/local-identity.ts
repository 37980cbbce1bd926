// Who beside the template's roles can prove an identity to local AWS: the local issuers as OpenID Connect providers of the account,
// and one IAM user, because some STS actions take long-term keys only. Its key is made anew at every start.
import type { TrustedIssuer } from '../core/config.ts';
import type { LocalAccount, LocalUser } from './account.ts';
import { createAccessKey } from './aws/index.ts';
import type { LocalIssuer } from './issuer.ts';

/** The account with its identity providers and the developer. `deployed` are the issuers as they would be deployed, in the
 * order of `issuers`: roles of a template trust those, and the local ones stand in for them. */
export function addLocalIdentity(
  account: LocalAccount,
  issuers: readonly TrustedIssuer[],
  deployed: readonly TrustedIssuer[],
  { keys }: LocalIssuer,
): LocalAccount & { readonly users: readonly [LocalUser] } {
  return {
    ...account,
    oidcProviders: issuers.map(({ issuer, audiences }, index) => ({
      issuer,
      standsFor: deployed.slice(index, index + 1).map((one) => one.issuer),
      audiences,
      keys,
    })),
    users: [createDeveloper(account)],
  };
}

/** An administrator of the local account, as a developer is in a sandbox account. Roles must still trust it. */
function createDeveloper({ partition, accountId }: LocalAccount): LocalUser {
  const name = 'tvm-local-developer';
  return {
    arn: `arn:${partition}:iam::${accountId}:user/${name}`,
    name,
    policies: [{ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }],
    accessKey: createAccessKey(),
    mfa: { serialNumber: `arn:${partition}:iam::${accountId}:mfa/${name}`, code: '123456' },
  };
}
