// Roles for a configuration that names none of the template's: what `--config FILE` needs to run without a deployment.
import type { PermissionSet, VendingConfig } from '../core/config.ts';
import type { PolicyDocument } from '../core/iam/index.ts';
import { sts } from '../core/limits.ts';
import { placeInStatement } from '../core/statement-template.ts';
import type { LocalAccount, LocalBucket, LocalRole } from './account.ts';

/** The account with a local role for every permission set whose role it lacks, and an empty bucket for every bucket that such
 * a set names. The roles trust the execution role and hold the set's statements written on the tenant tag. */
export function addLocalRoles(account: LocalAccount, config: VendingConfig, executionRoleArn: string): LocalAccount {
  const missing = Object.values(config.permissionSets).filter(
    ({ roleArn }) => !account.roles.some(({ arn }) => arn === roleArn),
  );
  const roles = new Map<string, LocalRole>();
  for (const set of missing) {
    const others = roles.get(set.roleArn)?.policies ?? [];
    roles.set(set.roleArn, toRole(set, config, executionRoleArn, others));
  }
  const managedPolicies = Object.fromEntries(
    Object.values(config.permissionSets).flatMap((set) =>
      (set.managedPolicies ?? []).map(({ arn, document }) => [arn, document] as const),
    ),
  );
  return {
    ...account,
    managedPolicies: { ...managedPolicies, ...account.managedPolicies },
    roles: [...account.roles, ...roles.values()],
    buckets: [...account.buckets, ...missingBuckets(account, missing)],
  };
}

/** The execution role of a configuration that comes without an app. */
export function localExecutionRole(account: LocalAccount): LocalRole {
  return {
    arn: `arn:${account.partition}:iam::${account.accountId}:role/tvm-local-execution`,
    name: 'tvm-local-execution',
    trust: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    policies: [],
    maxSessionSeconds: sts.maxChainedSessionSeconds,
  };
}

function toRole(
  set: PermissionSet,
  config: VendingConfig,
  executionRoleArn: string,
  others: readonly PolicyDocument[],
): LocalRole {
  const { tenantTagKey } = config.session;
  const statements = set.statements.map((template) =>
    // Other placeholders narrow within a tenant; the role's wall is between tenants.
    placeInStatement(template, (placeholder) =>
      placeholder === 'tenant' ? `\${aws:PrincipalTag/${tenantTagKey}}` : '*',
    ),
  );
  return {
    arn: set.roleArn,
    name: set.roleArn.slice(set.roleArn.lastIndexOf('/') + 1),
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: executionRoleArn },
          Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          Condition: { StringLike: { [`aws:RequestTag/${tenantTagKey}`]: '?*' } },
        },
      ],
    },
    policies: [...others, { Version: '2012-10-17', Statement: statements }],
    maxSessionSeconds: sts.maxChainedSessionSeconds,
  };
}

function missingBuckets(account: LocalAccount, sets: readonly PermissionSet[]): readonly LocalBucket[] {
  const names = JSON.stringify(sets.map(({ statements }) => statements)).matchAll(
    /arn:[a-z-]+:s3:::([a-z0-9.-]{3,63})(?=[/"])/g,
  );
  return [...new Set([...names].map(([, name]) => name!))]
    .filter((name) => !account.buckets.some((bucket) => bucket.name === name))
    .map((name) => ({ name, arn: `arn:${account.partition}:s3:::${name}` }));
}
