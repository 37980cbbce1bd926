// Kubernetes service accounts: a projected token about a pod, with its namespace. Its keys are often out of reach from AWS and
// are then pinned.
// @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
import { SynthError } from '../errors.ts';
import { TenantClaim } from '../tenant-claim.ts';
import {
  baseConfiguration,
  refuseLoopback,
  refuseUnless,
  type IssuerDefinition,
  type TokenIssuerOptions,
} from './definition.ts';
import type { StaticJwks } from './oidc.ts';

/** Options of a Kubernetes cluster. */
export interface KubernetesIssuerOptions extends TokenIssuerOptions {
  /** The audience of the projected volume, a name of your own such as `https://tvm.example.com`. */
  readonly audiences: readonly string[];
  /**
   * The keys of the cluster, where AWS cannot fetch them: the output of `kubectl get --raw /openid/v1/jwks`. A rotation of the
   * cluster's keys then needs a deployment.
   * @default - fetched
   */
  readonly jwks?: StaticJwks;
  /**
   * The address of the key set, where it is published elsewhere.
   * @default - from the issuer's discovery document
   */
  readonly jwksUri?: string;
}

/** Service account tokens of a cluster, by its exact issuer (`--service-account-issuer`). */
export function kubernetesIssuer(issuer: string, options: KubernetesIssuerOptions): IssuerDefinition {
  const { jwks, jwksUri } = options;
  for (const audience of options.audiences) {
    refuseUnless(audience, (text) => text !== 'sts.amazonaws.com' && !isInternal(text), {
      what: 'An audience of Kubernetes is one that tokens for other services carry: every pod would hold a token for this machine',
      allowed: 'an audience of your own, such as https://tvm.example.com',
      fix: 'name your own audience here and in the serviceAccountToken volume of the pod',
    });
  }
  if (jwks === undefined && jwksUri === undefined) {
    refuseUnless(issuer, (text) => !isInternal(text), {
      what: 'The issuer is a name inside the cluster, so AWS cannot fetch its keys',
      allowed: 'a public issuer, or pinned keys',
      fix: 'pass the output of `kubectl get --raw /openid/v1/jwks` as jwks',
    });
  }
  if (jwks !== undefined && jwksUri !== undefined) {
    throw new SynthError('TvmIssuerInvalid', {
      what: 'A Kubernetes issuer has both jwks and jwksUri',
      got: `${jwks.keys.length} keys and "${jwksUri}"`,
      allowed: 'one of the two: pinned keys are never fetched',
      fix: 'drop jwks where AWS can reach jwksUri',
    });
  }
  if (jwksUri !== undefined) refuseLoopback(jwksUri);
  return {
    configuration: {
      ...baseConfiguration(issuer, {
        name: 'kubernetes',
        tenantClaim: TenantClaim.path('kubernetes.io', 'namespace'),
        ...options,
      }),
      audiences: [...options.audiences],
      ...(jwks === undefined ? {} : { jwks: { keys: jwks.keys.map((key) => ({ ...key })) } }),
      ...(jwksUri === undefined ? {} : { jwksUri }),
    },
    warnings: [],
  };
}

/** The API server's own name, which is also the default audience and the default issuer of self-made clusters. */
function isInternal(text: string): boolean {
  return /^(?:https:\/\/)?kubernetes(?:\.default(?:\.svc(?:\.[a-z0-9.-]+)?)?)?\/?$/.test(text);
}
