// Where a token says which tenant it is for. Owns the two readings of a claim name: one literal name, or a path of names.
import type { TrustedIssuerInput } from '../core/index.ts';

/**
 * The claim that holds the tenant id, or a fixed tenant for an issuer that serves only one.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4
 */
export class TenantClaim {
  /** The form it has in the configuration document. */
  readonly tenant: TrustedIssuerInput['tenant'];

  private constructor(tenant: TrustedIssuerInput['tenant']) {
    this.tenant = tenant;
  }

  /** The claim of exactly this name; `custom:tenant_id` and `https://example.com/tenant` are one name each, never a path. */
  static named(name: string): TenantClaim {
    return new TenantClaim({ claim: name });
  }

  /** A claim inside objects: `TenantClaim.path('organization', 'id')` reads `{"organization": {"id": …}}`. */
  static path(...names: readonly string[]): TenantClaim {
    return new TenantClaim({ claim: [...names] });
  }

  /** Every token of the issuer is for this tenant. */
  static fixed(tenant: string): TenantClaim {
    return new TenantClaim({ fixed: tenant });
  }
}
