// The schema of a claim path: one literal name, or a list of names.
import { forbiddenClaimNames, type ClaimPath } from './claims.ts';
import { either, list, string, type Schema } from './schema.ts';

const claimName = string({
  accepts: (text) => text !== '' && !forbiddenClaimNames.has(text),
  what: 'a claim name, none of __proto__, constructor, prototype',
});
export const claimPath: Schema<ClaimPath> = either<ClaimPath>(
  (input) => (Array.isArray(input) ? list(claimName, { min: 1, max: 8 }) : claimName),
  [claimName, list(claimName, { min: 1, max: 8 })],
);
