// Which issuers a machine trusts, and for what. Owns the names of the issuers in the API; what a provider's tokens look like is
// in issuers/, one file each, and the rules of the configuration document are core's: nothing here loosens them.
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { TrustedIssuerInput } from '../core/index.ts';
import { auth0Issuer, type Auth0IssuerOptions } from './issuers/auth0.ts';
import { cognitoIssuer, type CognitoIssuerOptions } from './issuers/cognito.ts';
import type { IssuerDefinition } from './issuers/definition.ts';
import { entraIdIssuer, type EntraIdIssuerOptions } from './issuers/entra-id.ts';
import { facebookIssuer, type FacebookIssuerOptions } from './issuers/facebook.ts';
import { firebaseIssuer, type FirebaseIssuerOptions } from './issuers/firebase.ts';
import { gitHubActionsIssuer, type GitHubActionsIssuerOptions } from './issuers/github-actions.ts';
import { googleIssuer, type GoogleIssuerOptions } from './issuers/google.ts';
import { keycloakIssuer, type KeycloakIssuerOptions } from './issuers/keycloak.ts';
import { kubernetesIssuer, type KubernetesIssuerOptions } from './issuers/kubernetes.ts';
import {
  oidcIssuer,
  staticJwksIssuer,
  type OidcIssuerOptions,
  type StaticJwks,
  type StaticJwksOptions,
} from './issuers/oidc.ts';
import { oktaIssuer, type OktaIssuerOptions } from './issuers/okta.ts';

/**
 * One trusted issuer. Every method throws SynthError `TvmIssuerInvalid` for what could never work or would let in the world.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata
 */
export class TokenIssuer {
  /** The form it has in the configuration document; strings may hold CDK tokens. */
  readonly configuration: TrustedIssuerInput;
  /** What an operator should know, said as a warning at synth. */
  readonly warnings: readonly string[];

  private constructor({ configuration, warnings }: IssuerDefinition) {
    this.configuration = configuration;
    this.warnings = warnings;
  }

  /** An OpenID Connect issuer by its exact `iss`; its keys come from its discovery document unless `jwksUri` is given. */
  static oidc(issuer: string, options: OidcIssuerOptions): TokenIssuer {
    return new TokenIssuer(oidcIssuer(issuer, options));
  }

  /** An issuer whose keys never change without a deployment: nothing is fetched. */
  static staticJwks(issuer: string, jwks: StaticJwks, options: StaticJwksOptions): TokenIssuer {
    return new TokenIssuer(staticJwksIssuer(issuer, jwks, options));
  }

  /** A Cognito user pool; access tokens unless `idTokens`. */
  static cognitoUserPool(pool: IUserPool, options: CognitoIssuerOptions): TokenIssuer {
    return new TokenIssuer(cognitoIssuer(pool, options));
  }

  /** Google sign-in: ID tokens; the tenant is the Workspace domain (`hd`), which personal accounts do not have. */
  static google(options: GoogleIssuerOptions): TokenIssuer {
    return new TokenIssuer(googleIssuer(options));
  }

  /** An Auth0 tenant by its domain: access tokens of an API; the tenant is the organization (`org_id`). */
  static auth0(domain: string, options: Auth0IssuerOptions): TokenIssuer {
    return new TokenIssuer(auth0Issuer(domain, options));
  }

  /** A custom authorization server of Okta by the organization's domain: access tokens; the tenant is a claim of your own. */
  static okta(domain: string, options: OktaIssuerOptions): TokenIssuer {
    return new TokenIssuer(oktaIssuer(domain, options));
  }

  /** A Microsoft Entra directory by its id: access tokens of an API; the tenant is the directory (`tid`), and no other. */
  static entraId(directoryId: string, options: EntraIdIssuerOptions): TokenIssuer {
    return new TokenIssuer(entraIdIssuer(directoryId, options));
  }

  /** A Firebase project by its id: ID tokens; the tenant is the Identity Platform tenant (`firebase.tenant`). */
  static firebase(projectId: string, options?: FirebaseIssuerOptions): TokenIssuer {
    return new TokenIssuer(firebaseIssuer(projectId, options));
  }

  /** A Keycloak realm by the server's address: access tokens; the tenant is a claim of your own. */
  static keycloak(serverUrl: string, options: KeycloakIssuerOptions): TokenIssuer {
    return new TokenIssuer(keycloakIssuer(serverUrl, options));
  }

  /** Facebook Limited Login by the app's id: ID tokens; each person is a tenant (`sub`). */
  static facebookLimitedLogin(appId: string, options?: FacebookIssuerOptions): TokenIssuer {
    return new TokenIssuer(facebookIssuer(appId, options));
  }

  /** GitHub Actions: the token of a workflow run; the tenant is the owner of the repository (`repository_owner`). */
  static gitHubActions(options: GitHubActionsIssuerOptions): TokenIssuer {
    return new TokenIssuer(gitHubActionsIssuer(options));
  }

  /** A Kubernetes cluster by its issuer: projected service account tokens; the tenant is the namespace. */
  static kubernetes(issuer: string, options: KubernetesIssuerOptions): TokenIssuer {
    return new TokenIssuer(kubernetesIssuer(issuer, options));
  }
}
