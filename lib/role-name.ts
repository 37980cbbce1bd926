// Names of tenant access roles: deterministic, so that the configuration can say them without one more deploy-time value
// per set; with the Region in them, because IAM is global and one stack name may be deployed to several Regions.
import { createHash } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SynthError } from './errors.ts';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entities-length */
const maxRoleNameLength = 64;
/** As long as `ap-southeast-1`, the longest kind of Region name. */
const regionLength = 14;

/** The prefix that all tenant access roles of one machine share. */
export function defaultRoleNamePrefix(scope: Construct): string {
  const { stackName } = Stack.of(scope);
  // A nested stack's name is known at deploy time only; its path is known now and as unique.
  const name = Token.isUnresolved(stackName) ? scope.node.path.replace(/[^A-Za-z0-9-]+/g, '-') : stackName;
  return `${name}-tvm`;
}

/**
 * `<prefix>-<set>-<region>`, cut with a hash where that is over 64 characters.
 * The Region stays a token in a stack without one.
 * @throws SynthError `TvmRoleNameInvalid`
 */
export function tenantAccessRoleName(prefix: string, permissionSet: string, scope: Construct): string {
  if (!/^[\w+=,.@-]+$/.test(prefix)) {
    throw new SynthError(
      'TvmRoleNameInvalid',
      {
        what: 'The prefix of the role names cannot be used',
        got: prefix,
        allowed: 'letters, digits and +=,.@_-',
        fix: 'set roleNamePrefix',
      },
      scope,
    );
  }
  return `${fit(prefix, permissionSet)}-${Stack.of(scope).region}`;
}

function fit(prefix: string, permissionSet: string): string {
  const limit = maxRoleNameLength - 1 - regionLength;
  const whole = `${prefix}-${permissionSet}`;
  if (whole.length <= limit) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  const rest = limit - permissionSet.length - hash.length - 2;
  return `${prefix.slice(0, rest)}-${hash}-${permissionSet}`;
}
