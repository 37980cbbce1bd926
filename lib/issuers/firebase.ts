// Firebase Authentication and Google Cloud Identity Platform: ID tokens of one project, with the Identity Platform tenant in
// firebase.tenant.
// @see https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
import { TenantClaim } from '../tenant-claim.ts';
import { baseConfiguration, refuseUnless, type IssuerDefinition, type TokenIssuerOptions } from './definition.ts';

/** Options of a Firebase project. */
export type FirebaseIssuerOptions = TokenIssuerOptions;

/** ID tokens of a Firebase project, by its id. */
export function firebaseIssuer(projectId: string, options: FirebaseIssuerOptions = {}): IssuerDefinition {
  refuseUnless(projectId, (text) => /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(text), {
    what: 'The Firebase project is not named by its id, which is the audience of its tokens',
    allowed: 'a project id: 6 to 30 lower-case letters, digits and -, a letter first',
    fix: 'copy the project id (not the number, not the display name) from the project settings',
  });
  return {
    configuration: {
      ...baseConfiguration(`https://securetoken.google.com/${projectId}`, {
        name: 'firebase',
        algorithms: ['RS256'],
        tenantClaim: TenantClaim.path('firebase', 'tenant'),
        ...options,
      }),
      audiences: [projectId],
      // Saves the discovery request on a cold start, and is where Firebase keeps the keys as a JWKS.
      jwksUri: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    },
    warnings: [],
  };
}
