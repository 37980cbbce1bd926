// The tenant id: its grammar, and steps 5 of the path, verified claims to TenantId. A tenant id that passed here is safe in a
// session name, a source identity, a session tag, an S3 prefix and policy text; nothing else may make one.
import { readClaim, type VerifiedClaims } from './claims.ts';
import type { TenantIdGrammar, TrustedIssuer, VendingConfig } from './vending-config.ts';
import { TvmError } from './errors.ts';
import { tenantId as limits } from './limits.ts';

declare const tenantIdBrand: unique symbol;

/** A tenant id that matches the configured grammar. Compared exactly: never folded, never trimmed. */
export type TenantId = string & { readonly [tenantIdBrand]: true };

/** Characters a tenant id may ever hold, in any pattern. */
export const tenantIdAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+=-';

const defaultCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-';
const uuid = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** The default grammar: 1 to 63 of `A-Z a-z 0-9 _ . -`, alphanumeric at both ends, no `..`. */
export const defaultTenantIdGrammar: TenantIdGrammar = {
  minLength: limits.minLength,
  maxLength: limits.maxLength,
  pattern: 'default',
};

/** The characters a pattern of variable length allows. */
export function tenantIdCharacters(pattern: 'default' | { readonly characters: string }): string {
  return pattern === 'default' ? defaultCharacters : pattern.characters;
}

/** Whether the value is a tenant id of the grammar.
 * The ends are alphanumeric and `..` is refused, so no id can act as a path step where a client normalises keys. */
export function isTenantId(input: unknown, grammar: Partial<TenantIdGrammar> = {}): input is TenantId {
  // Defaults also where a field is there and undefined: a missing limit must not lift the limit.
  const { minLength = limits.minLength, maxLength = limits.maxLength, pattern = 'default' } = grammar;
  if (typeof input !== 'string' || input.length < minLength || input.length > maxLength) return false;
  if (pattern === 'uuid') return uuid.test(input);
  if (pattern === 'ulid') return ulid.test(input);
  const characters = tenantIdCharacters(pattern);
  if (!/^[A-Za-z0-9]$/.test(input[0] ?? '') || !/^[A-Za-z0-9]$/.test(input.at(-1) ?? '') || input.includes('..'))
    return false;
  // The alphabet again: a grammar that did not come through the configuration parser cannot let `/` or `*` in.
  for (const character of input)
    if (!characters.includes(character) || !tenantIdAlphabet.includes(character)) return false;
  return true;
}

/** Parses a tenant id. The input may be anything at all. Throws `tenant-invalid`. */
export function parseTenantId(input: unknown, grammar: Partial<TenantIdGrammar> = {}): TenantId {
  if (!isTenantId(input, grammar)) {
    throw new TvmError('tenant-invalid', { detail: `the tenant is ${describe(input)}, outside the tenant-id grammar` });
  }
  return input;
}

function describe(input: unknown): string {
  if (input === undefined) return 'missing';
  if (typeof input !== 'string') return input === null || Array.isArray(input) ? 'null or a list' : `a ${typeof input}`;
  return `a string of ${input.length} characters`;
}

/** Whether the issuer may assert the tenant. */
export function mayAssert(issuer: TrustedIssuer, tenant: string): boolean {
  if ('fixed' in issuer.tenant && issuer.tenant.fixed !== tenant) return false;
  return issuer.tenants === undefined || issuer.tenants === 'any' || issuer.tenants.includes(tenant);
}

/** Step 5: the tenant of a verified token. The issuer's own claim only, and only tenants bound to that issuer: a breached
 * identity provider of tenant a must not be able to speak for tenant b. Throws `tenant-invalid`, `tenant-not-allowed`. */
export function decideTenant(config: VendingConfig, claims: VerifiedClaims): TenantId {
  const issuer = config.issuers[claims.issuerIndex]!;
  const asserted = 'fixed' in issuer.tenant ? issuer.tenant.fixed : readClaim(claims.all, issuer.tenant.claim);
  const tenant = parseTenantId(asserted, config.tenantId);
  if (!mayAssert(issuer, tenant)) {
    throw new TvmError('tenant-not-allowed', { detail: `issuer ${issuer.name} may not assert tenant ${tenant}` });
  }
  return tenant;
}
