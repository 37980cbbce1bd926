// What local AWS knows of one account: the roles, buckets and tables that the synthesised template declares,
// with the policies that decide every call. Plain data; nothing here is executed.
import type { JWK as JsonWebKey } from 'jose';
import type { PolicyDocument } from '../core/iam/index.ts';

/** An IAM role of the template. `policies` are its inline and managed policy documents; `trust` is its trust policy. */
export interface LocalRole {
  readonly arn: string;
  readonly name: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  /** Role tags; session tags of the same key win over them. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Seconds; STS refuses a longer DurationSeconds. */
  readonly maxSessionSeconds: number;
}

/** An IAM user, with the one long-term access key that it has here. Templates have none that local mode reads: a key in a
 * template would be a secret in it. */
export interface LocalUser {
  readonly arn: string;
  readonly name: string;
  readonly policies: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
  readonly tags?: Readonly<Record<string, string>>;
  readonly accessKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A device that always shows the same code. Without one every MFA code is wrong. */
  readonly mfa?: { readonly serialNumber: string; readonly code: string };
}

/** An OpenID Connect identity provider of the account: whose tokens AssumeRoleWithWebIdentity takes. */
export interface LocalOidcProvider {
  /** Exact `iss` of its tokens. */
  readonly issuer: string;
  /** Issuers it stands in for: their ARNs and condition keys count in trust policies as well. */
  readonly standsFor?: readonly string[];
  /** The provider's client ids. */
  readonly audiences: readonly string[];
  /** Public keys. Nothing is fetched. */
  readonly keys: { readonly keys: readonly JsonWebKey[] };
}

/** A SAML identity provider of the account: whose assertions AssumeRoleWithSAML takes. */
export interface LocalSamlProvider {
  /** The last part of its ARN. */
  readonly name: string;
  /** The provider's entity id, exactly. */
  readonly issuer: string;
  /** PEM of the certificates or public keys that it signs with. */
  readonly certificates: readonly string[];
}

/** An S3 bucket of the template, with its bucket policy where it has one. */
export interface LocalBucket {
  readonly name: string;
  readonly arn: string;
  readonly policy?: PolicyDocument;
}

/** A DynamoDB table of the template. `createTable` is the CreateTable input (KeySchema, AttributeDefinitions, indexes). */
export interface LocalTable {
  readonly name: string;
  readonly arn: string;
  readonly createTable: Readonly<Record<string, unknown>>;
  readonly policy?: PolicyDocument;
}

/** One account in one Region, as read from the template. */
export interface LocalAccount {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  readonly roles: readonly LocalRole[];
  readonly buckets: readonly LocalBucket[];
  readonly tables: readonly LocalTable[];
  readonly users?: readonly LocalUser[];
  readonly oidcProviders?: readonly LocalOidcProvider[];
  readonly samlProviders?: readonly LocalSamlProvider[];
  /** Managed policies by ARN, which may be session policies by reference. */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument>>;
}
