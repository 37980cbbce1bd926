// The configuration as types: what people write, and what parsing makes of it, with defaults filled.
import type { ClaimPath } from './claims.ts';
import type { PolicyDocument } from './iam/index.ts';
import type { StatementTemplate } from './statement-template.ts';

/** Which tenant ids exist: see `core/tenant.ts`. `characters` lists each allowed character. */
export type TenantIdPattern = 'default' | 'uuid' | 'ulid' | { readonly characters: string };

export interface TenantIdGrammar {
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern: TenantIdPattern;
}

export type Algorithm = 'RS256' | 'RS384' | 'RS512' | 'ES256' | 'ES384' | 'ES512' | 'EdDSA';

/** One issuer whose tokens are accepted, and which tenants it may speak for. */
export interface TrustedIssuer {
  /** For logs and metrics. */
  readonly name: string;
  /** Exact `iss`. */
  readonly issuer: string;
  /** Matched against `aud`, or `client_id` when tokenUse is 'access' and `aud` is absent. */
  readonly audiences: readonly string[];
  readonly tokenUse?: 'access' | 'id';
  readonly algorithms: readonly Algorithm[];
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly tenant: { readonly claim: ClaimPath } | { readonly fixed: string };
  readonly tenants?: readonly string[] | 'any';
  readonly subjectClaim: ClaimPath;
  readonly permissionSets?: readonly string[];
  readonly audienceMode: 'any' | 'exact';
  readonly clientIds?: readonly string[];
  readonly maxTokenAgeSeconds: number;
}

/** `equals`: the same JSON type and value. `contains`: an array with exactly that string, or a string with it as a word. */
export type ClaimRule =
  | { readonly claim: ClaimPath; readonly equals: string | number | boolean }
  | { readonly claim: ClaimPath; readonly contains: string };

/** Where a further placeholder's value comes from. */
export type ParameterSpec = { readonly from: 'claim'; readonly claim: ClaimPath } | { readonly from: 'request' };

/** A named collection of statement templates, the role they run under and their limits. */
export interface PermissionSet {
  readonly description?: string;
  readonly roleArn: string;
  readonly externalId?: string;
  readonly statements: readonly StatementTemplate[];
  readonly managedPolicies?: readonly { readonly arn: string; readonly document: PolicyDocument }[];
  readonly isolation: 'both' | 'tags';
  readonly sessionName: 'tenant-subject' | 'tenant';
  readonly allowDespiteGuard?: readonly string[];
  readonly maxDurationSeconds: number;
  readonly requires?: readonly ClaimRule[];
  readonly parameters?: Readonly<Record<string, ParameterSpec>>;
}

export interface SessionSettings {
  readonly tenantTagKey: string;
  readonly durationSeconds: number;
  readonly sourceIdentity: 'subject' | 'none';
  readonly capToTokenExpiry: boolean;
  readonly tags: Readonly<Record<string, ClaimPath>>;
}

/** A parsed configuration, defaults filled. Parsing it again gives the same. */
export interface VendingConfig {
  readonly issuers: readonly TrustedIssuer[];
  readonly permissionSets: Readonly<Record<string, PermissionSet>>;
  readonly defaultPermissionSet?: string;
  readonly tenantId: TenantIdGrammar;
  readonly session: SessionSettings;
  /** Serve the dry run, POST /v1/explain. */
  readonly explain: boolean;
  /** A second Region whose STS is asked where the first cannot be reached. */
  readonly sts?: { readonly fallbackRegion?: string };
  /** Keep vended credentials in memory and hand them out again; absent: every vend asks STS. */
  readonly cache?: { readonly maxEntries: number };
  readonly cors?: { readonly origins: readonly string[]; readonly maxAgeSeconds?: number };
  readonly diagnostics: 'private' | 'public';
}

type WithDefaults<T, D extends keyof T> = Omit<T, D> & Partial<Pick<T, D>>;

/** What people write: a trusted issuer before its defaults are filled. */
export type TrustedIssuerInput = WithDefaults<
  TrustedIssuer,
  'algorithms' | 'subjectClaim' | 'audienceMode' | 'maxTokenAgeSeconds'
>;

/** What people write: a permission set before its defaults are filled. */
export type PermissionSetInput = WithDefaults<PermissionSet, 'isolation' | 'sessionName' | 'maxDurationSeconds'>;

/** What people write: a configuration before its defaults are filled. */
export interface VendingConfigInput extends Omit<
  WithDefaults<VendingConfig, 'diagnostics' | 'explain'>,
  'issuers' | 'permissionSets' | 'tenantId' | 'session'
> {
  readonly issuers: readonly TrustedIssuerInput[];
  readonly permissionSets: Readonly<Record<string, PermissionSetInput>>;
  readonly tenantId?: Partial<TenantIdGrammar>;
  readonly session?: Partial<SessionSettings>;
}
