// Which issuers a machine trusts, and for what. Owns the translation from constructs to the configuration document;
// the rules of that document are core's, and nothing here loosens them.
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { TrustedIssuerInput } from '../core/index.ts';
import { SynthError } from './errors.ts';
import { TenantClaim } from './tenant-claim.ts';

/** What all issuers can be told. */
export interface TokenIssuerOptions {
  /**
   * The name in logs and metrics.
   * @default - the host name of the issuer, with `-` for every other character than letters and digits
   */
  readonly name?: string;
  /**
   * The claim that holds the tenant id.
   * @default TenantClaim.named('tenant_id')
   */
  readonly tenantClaim?: TenantClaim;
  /**
   * The tenants that this issuer may assert; without it, any. As soon as a machine trusts two issuers, each must
   * have a list or `anyTenant`, because otherwise one customer's issuer could assert another customer.
   * @default - not bound
   */
  readonly tenants?: readonly string[];
  /**
   * States that this issuer may assert every tenant.
   * @default false
   */
  readonly anyTenant?: boolean;
  /**
   * The signature algorithms that are accepted.
   * @default - RS256 and ES256
   */
  readonly algorithms?: TrustedIssuerInput['algorithms'];
  /**
   * The path of the claim that holds the subject.
   * @default - the claim `sub`
   */
  readonly subjectClaim?: readonly string[];
  /**
   * The permission sets that tokens of this issuer may ask for.
   * @default - all
   */
  readonly permissionSets?: readonly string[];
  /**
   * Accept only tokens whose every audience is listed.
   * @default false
   */
  readonly everyAudienceListed?: boolean;
  /**
   * The client ids that are accepted in `azp` or `client_id`.
   * @default - not checked
   */
  readonly clientIds?: readonly string[];
  /**
   * The oldest token that is accepted, from its `iat`, in seconds.
   * @default 86400
   */
  readonly maxTokenAgeSeconds?: number;
}

/** Options of an OpenID Connect issuer. */
export interface OidcIssuerOptions extends TokenIssuerOptions {
  /** The audiences of which a token must name one. */
  readonly audiences: readonly string[];
  /**
   * The address of the key set.
   * @default - from the issuer's discovery document
   */
  readonly jwksUri?: string;
}

/** Options of an issuer whose keys are part of the deployment. */
export interface StaticJwksOptions extends TokenIssuerOptions {
  /** The audiences of which a token must name one. */
  readonly audiences: readonly string[];
}

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
}

/** A public key set, as in a JWKS document. */
export interface StaticJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/**
 * One trusted issuer.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
 */
export class TokenIssuer {
  /** The form it has in the configuration document; strings may hold CDK tokens. */
  readonly configuration: TrustedIssuerInput;
  /** What an operator should know, said as a warning at synth. */
  readonly warnings: readonly string[];

  private constructor(configuration: TrustedIssuerInput, warnings: readonly string[] = []) {
    this.configuration = configuration;
    this.warnings = warnings;
  }

  /** An OpenID Connect issuer by its exact `iss`; its keys come from its discovery document unless `jwksUri` is given. */
  static oidc(issuer: string, options: OidcIssuerOptions): TokenIssuer {
    refuseLoopback(issuer);
    if (options.jwksUri !== undefined) refuseLoopback(options.jwksUri);
    return new TokenIssuer({
      ...baseConfiguration(issuer, options),
      audiences: [...options.audiences],
      ...(options.jwksUri === undefined ? {} : { jwksUri: options.jwksUri }),
    });
  }

  /** A Cognito user pool; access tokens unless `idTokens`. */
  static cognitoUserPool(pool: IUserPool, options: CognitoIssuerOptions): TokenIssuer {
    const issuer = `https://${pool.userPoolProviderName}`;
    const tenant = (options.tenantClaim ?? defaultTenantClaim).tenant;
    const isAttribute = 'claim' in tenant && typeof tenant.claim === 'string' && tenant.claim.startsWith('custom:');
    return new TokenIssuer(
      {
        ...baseConfiguration(issuer, { name: 'cognito', ...options }),
        audiences: options.clients.map(({ userPoolClientId }) => userPoolClientId),
        tokenUse: options.idTokens === true ? 'id' : 'access',
        // Saves the discovery request on a cold start: Cognito's key address is fixed.
        jwksUri: `${issuer}/.well-known/jwks.json`,
      },
      isAttribute ? [mutableAttributeWarning] : [],
    );
  }

  /** An issuer whose keys never change without a deployment: nothing is fetched. */
  static staticJwks(issuer: string, jwks: StaticJwks, options: StaticJwksOptions): TokenIssuer {
    refuseLoopback(issuer);
    return new TokenIssuer({
      ...baseConfiguration(issuer, options),
      audiences: [...options.audiences],
      jwks: { keys: jwks.keys.map((key) => ({ ...key })) },
    });
  }
}

const defaultTenantClaim = TenantClaim.named('tenant_id');

const mutableAttributeWarning =
  'The tenant comes from a Cognito custom attribute. If the app client may write it, every user chooses their tenant: ' +
  "leave it out of the client's writeAttributes, or put the tenant into the token with a pre token generation trigger";

function baseConfiguration(issuer: string, options: TokenIssuerOptions): Omit<TrustedIssuerInput, 'audiences'> {
  const tenants = options.anyTenant === true ? ('any' as const) : options.tenants && [...options.tenants];
  if (options.anyTenant === true && options.tenants !== undefined) {
    throw new SynthError('TvmIssuerInvalid', {
      what: 'An issuer has both tenants and anyTenant',
      got: `${options.tenants.length} tenants and anyTenant`,
      allowed: 'one of the two',
      fix: 'drop anyTenant to keep the list',
    });
  }
  return {
    name: options.name ?? nameOf(issuer),
    issuer,
    tenant: (options.tenantClaim ?? defaultTenantClaim).tenant,
    ...(tenants === undefined ? {} : { tenants }),
    ...(options.algorithms === undefined ? {} : { algorithms: [...options.algorithms] }),
    ...(options.subjectClaim === undefined ? {} : { subjectClaim: [...options.subjectClaim] }),
    ...(options.permissionSets === undefined ? {} : { permissionSets: [...options.permissionSets] }),
    ...(options.everyAudienceListed === true ? { audienceMode: 'exact' as const } : {}),
    ...(options.clientIds === undefined ? {} : { clientIds: [...options.clientIds] }),
    ...(options.maxTokenAgeSeconds === undefined ? {} : { maxTokenAgeSeconds: options.maxTokenAgeSeconds }),
  };
}

function nameOf(issuer: string): string {
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : 'issuer';
  return (
    host
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 32)
      .replace(/^-|-$/g, '') || 'issuer'
  );
}

/** A deployed function that trusts a loopback issuer trusts whatever listens on its own machine. */
function refuseLoopback(address: string): void {
  if (!URL.canParse(address)) return;
  const { hostname } = new URL(address);
  if (!/^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f.*\]|0\.0\.0\.0|\[::\])\.?$/.test(hostname))
    return;
  throw new SynthError('TvmIssuerInvalid', {
    what: 'A loopback issuer cannot be deployed',
    got: `"${address}"`,
    allowed: 'an https address that AWS can reach',
    fix: 'configure the real issuer; local mode puts its own in its place',
  });
}
