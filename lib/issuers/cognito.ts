// Amazon Cognito user pools: access tokens name their app client in client_id, ID tokens in aud, and token_use says which is which.
// @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { SynthError } from '../errors.ts';
import { baseConfiguration, defaultTenantClaim, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of a Cognito user pool. */
export interface CognitoIssuerOptions extends TokenIssuerOptions {
  /** The app clients whose tokens are accepted. */
  readonly clients: readonly IUserPoolClient[];
  /**
   * Accept ID tokens in place of access tokens. An attribute such as `custom:tenant_id` stands in ID tokens only;
   * it must not be writable by the app client, or users choose their tenant themselves.
   * @default false
   */
  readonly idTokens?: boolean;
  /**
   * The resources of which an access token must name one, where clients ask for tokens of a resource (resource binding): such a
   * token has the resource in `aud`. The app client is then checked beside it.
   * @default - access tokens without `aud`, as Cognito makes them when no resource is asked for
   */
  readonly resources?: readonly string[];
}

/** A Cognito user pool. */
export function cognitoIssuer(pool: IUserPool, options: CognitoIssuerOptions): IssuerDefinition {
  const issuer = `https://${pool.userPoolProviderName}`;
  const { resources, idTokens = false } = options;
  if (idTokens && resources !== undefined) {
    throw new SynthError('TvmIssuerInvalid', {
      what: 'A Cognito issuer has both idTokens and resources',
      got: `idTokens and ${resources.length} resources`,
      allowed: 'resources with access tokens only: the aud of an ID token is always the app client',
      fix: 'drop resources, or drop idTokens',
    });
  }
  const clients = options.clients.map(({ userPoolClientId }) => userPoolClientId);
  const tenant = (options.tenantClaim ?? defaultTenantClaim).tenant;
  const isAttribute = 'claim' in tenant && typeof tenant.claim === 'string' && tenant.claim.startsWith('custom:');
  return {
    configuration: {
      ...baseConfiguration(issuer, {
        name: 'cognito',
        ...(resources === undefined ? {} : { clientIds: clients }),
        ...options,
      }),
      audiences: resources === undefined ? clients : [...resources],
      tokenUse: idTokens ? 'id' : 'access',
      // Saves the discovery request on a cold start: Cognito's key address is fixed.
      jwksUri: `${issuer}/.well-known/jwks.json`,
    },
    warnings: isAttribute ? [mutableAttributeWarning] : [],
  };
}

const mutableAttributeWarning =
  'The tenant comes from a Cognito custom attribute. If the app client may write it, every user chooses their tenant: ' +
  "leave it out of the client's writeAttributes, or put the tenant into the token with a pre token generation trigger";
