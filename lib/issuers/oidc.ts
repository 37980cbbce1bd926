// Issuers of no named provider: OpenID Connect by discovery, and keys that are part of the deployment.
import { baseConfiguration, refuseLoopback, type AudienceOptions, type IssuerDefinition } from './definition.ts';

/** Options of an OpenID Connect issuer. */
export interface OidcIssuerOptions extends AudienceOptions {
  /**
   * The address of the key set.
   * @default - from the issuer's discovery document
   */
  readonly jwksUri?: string;
}

/** Options of an issuer whose keys are part of the deployment. */
export type StaticJwksOptions = AudienceOptions;

/** A public key set, as in a JWKS document. */
export interface StaticJwks {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** An issuer by its exact `iss`. */
export function oidcIssuer(issuer: string, options: OidcIssuerOptions): IssuerDefinition {
  if (options.jwksUri !== undefined) refuseLoopback(options.jwksUri);
  return {
    configuration: {
      ...baseConfiguration(issuer, options),
      audiences: [...options.audiences],
      ...(options.jwksUri === undefined ? {} : { jwksUri: options.jwksUri }),
    },
    warnings: [],
  };
}

/** An issuer whose keys are pinned. */
export function staticJwksIssuer(issuer: string, jwks: StaticJwks, options: StaticJwksOptions): IssuerDefinition {
  return {
    configuration: {
      ...baseConfiguration(issuer, options),
      audiences: [...options.audiences],
      jwks: { keys: jwks.keys.map((key) => ({ ...key })) },
    },
    warnings: [],
  };
}
