// GitHub Actions: a token about a workflow run. Anybody on GitHub gets one, for any audience they like, so the owner of the
// repository is the only thing that keeps the world out.
// @see https://docs.github.com/en/actions/reference/security/oidc
import { SynthError } from '../errors.ts';
import { TenantClaim } from '../tenant-claim.ts';
import { baseConfiguration, refuseUnless, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of GitHub Actions. */
export interface GitHubActionsIssuerOptions extends TokenIssuerOptions {
  /** The audience that workflows ask for, an address or name of your own such as `https://tvm.example.com`. */
  readonly audiences: readonly string[];
  /**
   * The slug of the enterprise, where it has an issuer of its own.
   * @default - the issuer of all of github.com
   */
  readonly enterprise?: string;
}

/** Tokens of GitHub Actions workflows. */
export function gitHubActionsIssuer(options: GitHubActionsIssuerOptions): IssuerDefinition {
  for (const audience of options.audiences) {
    refuseUnless(audience, (text) => text !== 'sts.amazonaws.com' && !text.startsWith('https://github.com/'), {
      what: 'An audience of GitHub Actions is one that workflows send to other services too, which could then replay the tokens here',
      allowed: 'an audience of your own, such as https://tvm.example.com',
      fix: 'name your own audience here, and ask for it in the workflow',
    });
  }
  const { enterprise } = options;
  if (enterprise !== undefined) {
    refuseUnless(enterprise, (text) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(text), {
      what: 'The GitHub enterprise is not named by its slug',
      allowed: 'letters, digits and -',
      fix: 'copy the slug from github.com/enterprises/<slug>',
    });
  } else refuseOpenToTheWorld(options);
  const host = 'https://token.actions.githubusercontent.com';
  return {
    configuration: {
      ...baseConfiguration(enterprise === undefined ? host : `${host}/${enterprise}`, {
        name: 'github-actions',
        algorithms: ['RS256'],
        tenantClaim: TenantClaim.named('repository_owner'),
        ...options,
      }),
      audiences: [...options.audiences],
    },
    warnings: [],
  };
}

/** With a fixed tenant, every repository of github.com would be that tenant; with no list, every account one of its own. */
function refuseOpenToTheWorld({ tenantClaim, tenants, anyTenant }: TokenIssuerOptions): void {
  const isFixed = tenantClaim !== undefined && 'fixed' in tenantClaim.tenant;
  if (!isFixed && (tenants !== undefined || anyTenant === true)) return;
  throw new SynthError('TvmIssuerInvalid', {
    what: 'Every account on GitHub could vend: the issuer of GitHub Actions signs tokens for all of them',
    got: isFixed ? 'a fixed tenant' : 'no list of tenants',
    allowed:
      'the owners of the repositories in tenants (or anyTenant), or a fixed tenant with the issuer of an enterprise',
    fix: isFixed
      ? 'take the tenant from repository_owner or repository_owner_id and list it in tenants'
      : 'list the organizations in tenants',
  });
}
