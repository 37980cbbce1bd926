// What every issuer has in common: its options, the base of its configuration, and what no deployed issuer may be.
// Knows no provider.
import { Token } from 'aws-cdk-lib';
import type { TrustedIssuerInput } from '../../core/index.ts';
import { SynthError } from '../errors.ts';
import { TenantClaim } from '../tenant-claim.ts';

/** What all issuers can be told. */
export interface TokenIssuerOptions {
  /**
   * The name in logs and metrics.
   * @default - the host name of the issuer, with `-` for every other character than letters and digits
   */
  readonly name?: string;
  /**
   * The claim that holds the tenant id.
   * @default - the claim `tenant_id`, or the provider's own, where it has one
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
   * @default - what the provider signs with; RS256 and ES256 where that is unknown
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
   * The client ids that are accepted in `azp` or `client_id`; where a token has neither, in `cid` (Okta) or `appid`
   * (Microsoft Entra ID, v1.0).
   * @default - not checked
   */
  readonly clientIds?: readonly string[];
  /**
   * The oldest token that is accepted, from its `iat`, in seconds.
   * @default 86400
   */
  readonly maxTokenAgeSeconds?: number;
}

/** Options of an issuer whose audiences are the operator's own. */
export interface AudienceOptions extends TokenIssuerOptions {
  /** The audiences of which a token must name one. */
  readonly audiences: readonly string[];
}

/** An issuer as the configuration document has it, and what synth should say about it. */
export interface IssuerDefinition {
  readonly configuration: TrustedIssuerInput;
  /** Warnings without their full stop. */
  readonly warnings: readonly string[];
}

/** The tenant claim of issuers that have none of their own. */
export const defaultTenantClaim: TenantClaim = TenantClaim.named('tenant_id');

/**
 * The configuration of an issuer, but for its audiences and keys.
 * @throws SynthError `TvmIssuerInvalid` for a loopback issuer, and for a list of tenants beside any tenant
 */
export function baseConfiguration(issuer: string, options: TokenIssuerOptions): Omit<TrustedIssuerInput, 'audiences'> {
  refuseLoopback(issuer);
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

/**
 * A deployed function that trusts a loopback issuer trusts whatever listens on its own machine.
 * @throws SynthError `TvmIssuerInvalid`
 */
export function refuseLoopback(address: string): void {
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

/** A rule of a provider about a text that the operator writes. */
export interface TextRule {
  readonly what: string;
  readonly allowed: string;
  readonly fix: string;
}

/**
 * Refuses a text that the provider never uses: with it no token would ever match, or every token would.
 * A CDK token passes: only the deployment knows it.
 * @throws SynthError `TvmIssuerInvalid`
 */
export function refuseUnless(text: string, accepts: (text: string) => boolean, rule: TextRule): void {
  if (Token.isUnresolved(text) || accepts(text)) return;
  throw new SynthError('TvmIssuerInvalid', { ...rule, got: `"${text}"` });
}

/**
 * Refuses an address where a host name belongs: the issuer is made of the name, and must equal `iss` to the letter.
 * @throws SynthError `TvmIssuerInvalid`
 */
export function refuseUnlessHost(host: string, provider: string, example: string): void {
  refuseUnless(host, (text) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(text), {
    what: `The domain of ${provider} is not a host name`,
    allowed: `a host name in lower case, such as ${example}`,
    fix: 'leave out https:// and everything from the first slash',
  });
}
