// Verified claims and the one way to read them: own properties along a literal path, never a name that resembles it.
// Nothing here may see a token that is not verified.

/** The claims of a token whose signature, issuer, audience and times hold. Only a TokenVerifier makes one. */
export interface VerifiedClaims {
  /** Index of the trusted issuer in the configuration. */
  readonly issuerIndex: number;
  /** All claims as strictly decoded. */
  readonly all: Readonly<Record<string, unknown>>;
  /** `exp`, seconds since 1970. */
  readonly expiresAt: number;
}

/** A string is ONE literal claim name (`custom:tenant_id`); a list is a path into nested objects. */
export type ClaimPath = string | readonly string[];

/** Names that reach into JavaScript's own objects; refused in paths. */
export const forbiddenClaimNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The value at the path, or undefined. Own properties of plain objects only, so no prototype can supply a tenant. */
export function readClaim(claims: Readonly<Record<string, unknown>>, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of typeof path === 'string' ? [path] : path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
