// Statement templates as the constructs write them, and the one way to fill the tenant's place in them.
// Both walls come out of here, from one description: what the session policy says and what the role says cannot differ.
import type { StatementTemplate } from '../../core/index.ts';
import { SynthError } from '../errors.ts';

/** Where the tenant id goes in a statement template. */
export const tenantPlaceholder = '{{tenant}}';

/** A statement template whose strings may hold CDK tokens. */
export type TenantStatement = StatementTemplate;

/** The policy variable that AWS fills with the tenant of the session.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltag */
export function tenantVariable(tenantTagKey: string): string {
  return `\${aws:PrincipalTag/${tenantTagKey}}`;
}

/**
 * The statement as it stands in the tenant access role's own policy: the tenant is the session's tag.
 * Other placeholders are not tenants; in a pattern each becomes `*` (the session policy narrows it), and where the
 * operator compares exactly there is nothing to put, so it is refused.
 * @throws SynthError `TvmTenantAccessInvalid`
 */
export function toCeilingStatement(statement: TenantStatement, tenantTagKey: string): Record<string, unknown> {
  const { shared: _reason, Condition: conditions, Resource: resources, ...rest } = statement;
  const fill = (text: string, isPattern: boolean): string =>
    text.replaceAll(/\{\{([^{}]*)\}\}/g, (placeholder, name) => {
      if (name === 'tenant') return tenantVariable(tenantTagKey);
      if (isPattern) return '*';
      throw new SynthError('TvmTenantAccessInvalid', {
        what: "A placeholder other than the tenant's cannot be written into the tenant access role's policy",
        got: `${placeholder} under an operator that compares exactly`,
        allowed: `${tenantPlaceholder} anywhere, other placeholders in Resource and under StringLike or ArnLike`,
        fix: 'use StringLike, or bring a role with its own policy',
      });
    });
  return {
    ...rest,
    Resource: mapStrings(resources, (text) => fill(text, true)),
    ...(conditions === undefined
      ? {}
      : {
          Condition: Object.fromEntries(
            Object.entries(conditions).map(([operator, keys]) => {
              const isPattern = /(?:StringLike|ArnLike|ArnEquals)(?:IfExists)?$/i.test(operator);
              const filled = Object.entries(keys).map(([key, values]) => [
                key,
                mapStrings(values, (text) => fill(text, isPattern)),
              ]);
              return [operator, Object.fromEntries(filled)];
            }),
          ),
        }),
  };
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  return value;
}
