// Who comes from an identity provider and wants a role: decided by the role's trust policy alone, with the provider as the
// principal. Nobody signs these requests, so no identity policy, session policy or account has a say.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-session
import { evaluate, type Decision, type PolicyDocument, type PolicyStatement } from '../../../core/iam/index.ts';
import { isRecord } from '../../../core/iam/syntax.ts';
import type { LocalRole } from '../../account.ts';
import type { ContextKeys, Need } from '../authorise.ts';

/** A provider as the principal of a request, with the condition keys that it alone brings. */
export interface FederatedPrincipal {
  readonly providerArn: string;
  readonly context: ContextKeys;
}

/** Decides one need. A provider may be known under several ARNs: one of them must be allowed, none explicitly denied. */
export function decideFederated(
  principals: readonly FederatedPrincipal[],
  role: LocalRole,
  { action, resource, context = {} }: Need,
): { readonly decision: Decision; readonly principal: FederatedPrincipal } {
  const outcomes = principals.map((principal) => ({
    principal,
    decision: evaluate({
      policies: { role: [], resource: grantsToProviders(role.trust) },
      // Without an account of its own: a trust in the account is a trust in its users and roles, not in a provider.
      principal: { arn: principal.providerArn, accountId: '', userId: '' },
      request: { action, resource, context: { ...context, ...principal.context } },
    }),
  }));
  return (
    outcomes.find(({ decision }) => decision.outcome === 'explicitly-denied') ??
    outcomes.find(({ decision }) => decision.outcome === 'allowed') ??
    outcomes[0]!
  );
}

/** The trust policy without what it allows to others: `"AWS": "*"` and the like admit no provider. Every Deny stays. */
function grantsToProviders(trust: PolicyDocument): PolicyDocument {
  const list: readonly PolicyStatement[] = [trust.Statement].flat();
  const statements = list.flatMap((statement): PolicyStatement[] => {
    if (!isRecord(statement) || statement.Effect !== 'Allow') return [statement];
    const { Principal: principal } = statement;
    if (!isRecord(principal) || principal['Federated'] === undefined) return [];
    return [{ ...statement, Principal: { Federated: principal['Federated'] } }];
  });
  return { ...trust, Statement: statements };
}
