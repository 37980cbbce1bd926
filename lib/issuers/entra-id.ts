// Microsoft Entra ID: one issuer per directory. Owns the two versions of its tokens, and refuses the addresses that stand for
// all directories, because an issuer that is compared with a pattern is an issuer that anybody can be.
// @see https://learn.microsoft.com/entra/identity-platform/access-tokens
import { TenantClaim } from '../tenant-claim.ts';
import { SynthError } from '../errors.ts';
import {
  baseConfiguration,
  refuseUnless,
  refuseUnlessHost,
  type IssuerDefinition,
  type TokenIssuerOptions,
} from './definition.ts';

/** Options of a Microsoft Entra directory. */
export interface EntraIdIssuerOptions extends TokenIssuerOptions {
  /** The API's application (client) id; with `v1Tokens` also its application id URI, such as `api://…`. */
  readonly audiences: readonly string[];
  /**
   * Accept v1.0 tokens in place of v2.0 ones. What an API gets is decided by `requestedAccessTokenVersion` in its manifest
   * (without it: v1.0), not by the address the client asked.
   * @default false
   */
  readonly v1Tokens?: boolean;
  /**
   * The host that issues v2.0 tokens, for another cloud or for external tenants (`<directory id>.ciamlogin.com`).
   * @default 'login.microsoftonline.com'
   */
  readonly authorityHost?: string;
}

const worldHost = 'login.microsoftonline.com';
const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** All personal Microsoft accounts of the world. */
const personalAccounts = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** Tokens of one Microsoft Entra directory, by its id. */
export function entraIdIssuer(directoryId: string, options: EntraIdIssuerOptions): IssuerDefinition {
  checkDirectory(directoryId);
  const { v1Tokens = false, authorityHost = worldHost } = options;
  refuseUnlessHost(authorityHost, 'Microsoft Entra ID', worldHost);
  if (v1Tokens && authorityHost !== worldHost) {
    throw new SynthError('TvmIssuerInvalid', {
      what: 'v1.0 tokens of another cloud have an issuer that is not known here',
      got: `v1Tokens and "${authorityHost}"`,
      allowed: `v1Tokens with ${worldHost}`,
      fix: "set requestedAccessTokenVersion to 2 in the API's manifest and drop v1Tokens, or use TokenIssuer.oidc",
    });
  }
  if (!v1Tokens) {
    for (const audience of options.audiences) {
      refuseUnless(audience, (text) => guid.test(text), {
        what: 'An audience of Microsoft Entra ID is not an application id; in v2.0 tokens aud is always one',
        allowed: 'the application (client) id of the API, a GUID in lower case',
        fix: 'copy it from the registration of the API; if the API still gets v1.0 tokens, set v1Tokens',
      });
    }
  }
  const issuer = v1Tokens ? `https://sts.windows.net/${directoryId}/` : `https://${authorityHost}/${directoryId}/v2.0`;
  return {
    configuration: {
      ...baseConfiguration(issuer, {
        name: 'entra-id',
        algorithms: ['RS256'],
        // The directory is the tenant, and its issuer may speak for no other one.
        ...(options.tenantClaim === undefined ? ownDirectory(directoryId, options) : {}),
        ...options,
      }),
      audiences: [...options.audiences],
      // Saves the discovery request on a cold start.
      jwksUri: v1Tokens
        ? `https://${worldHost}/${directoryId}/discovery/keys`
        : `https://${authorityHost}/${directoryId}/discovery/v2.0/keys`,
    },
    warnings: [],
  };
}

function ownDirectory(directoryId: string, { tenants, anyTenant }: TokenIssuerOptions): TokenIssuerOptions {
  const tenantClaim = TenantClaim.named('tid');
  return tenants === undefined && anyTenant !== true ? { tenantClaim, tenants: [directoryId] } : { tenantClaim };
}

function checkDirectory(directoryId: string): void {
  refuseUnless(directoryId, (text) => !['common', 'organizations', 'consumers'].includes(text), {
    what: 'Microsoft Entra ID has no issuer for many directories: each token names the issuer of its own',
    allowed: "the id of one directory, a GUID, for each customer's directory",
    fix: 'add one TokenIssuer.entraId per directory; each is then bound to its own tenant',
  });
  refuseUnless(directoryId, (text) => text !== personalAccounts, {
    what: 'This directory holds all personal Microsoft accounts of the world, and all of them would be one tenant',
    allowed: 'the id of a directory of your own or of a customer',
    fix: 'trust an issuer that puts a tenant into the token, such as an external tenant or Cognito in front of it',
  });
  refuseUnless(directoryId, (text) => guid.test(text), {
    what: 'The directory id is not a GUID in lower case, which is how tokens spell it',
    allowed: 'such as 72f988bf-86f1-41af-91ab-2d7cd011db47',
    fix: 'copy the directory (tenant) id from the overview of the directory; a domain name never stands in iss',
  });
}
