// STS's decision over a tenant access role, for tests: every authorisation of one AssumeRole call must be allowed, by the caller's
// own policies and by the trust of the role.
import { evaluate, type PolicyDocument } from '../../core/index.ts';
import type { LocalRole } from '../../local/account.ts';

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A call as the function makes it. */
export const vend: Context = {
  'aws:RequestTag/TenantId': 'acme',
  'aws:TagKeys': ['TenantId'],
  'sts:TransitiveTagKeys': ['TenantId'],
  'sts:SourceIdentity': 'alice',
  'sts:RoleSessionName': 'acme@alice',
};

export function without(context: Context, ...keys: readonly string[]): Context {
  return Object.fromEntries(Object.entries(context).filter(([key]) => !keys.includes(key)));
}

export interface Caller {
  readonly arn: string;
  readonly accountId: string;
  readonly policies: readonly PolicyDocument[];
}

/** Policies that allow everything, for callers whose own rights must not be what stops them. */
export const everything: readonly PolicyDocument[] = [
  { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
];

/** What STS authorises of a call: the role itself, the tags where there are some, the source identity where there is one. */
export function authorisationsOf(context: Context): readonly string[] {
  return [
    'sts:AssumeRole',
    ...(context['aws:TagKeys'] === undefined ? [] : ['sts:TagSession']),
    ...(context['sts:SourceIdentity'] === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

export function mayAssume(role: Pick<LocalRole, 'arn' | 'trust'>, caller: Caller, context: Context): boolean {
  return authorisationsOf(context).every((action) => isAllowed(role, caller, action, context));
}

/** One authorisation. Across accounts both sides must allow it; within one, a trust that names the caller is enough for STS, and
 * it is asked of both here all the same: what the caller's own policies lack is a defect of the template. */
export function isAllowed(
  role: Pick<LocalRole, 'arn' | 'trust'>,
  { arn, accountId, policies }: Caller,
  action: string,
  context: Context,
): boolean {
  const decide = (own: readonly PolicyDocument[], trust: PolicyDocument): boolean =>
    evaluate({
      policies: { role: [...own], resource: trust },
      principal: { arn, accountId },
      request: { action, resource: role.arn, context },
    }).outcome === 'allowed';
  // A trust that only delegates to the caller's account, so that the caller's own policies decide.
  const delegation = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: accountId }, Action: '*', Resource: '*' },
  } as PolicyDocument;
  return decide(policies, delegation) && decide(everything, role.trust);
}
