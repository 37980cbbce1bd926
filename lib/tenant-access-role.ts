// The tenant access role of one permission set: whom it trusts and its ceiling (wall two).
// The trust is closed: nothing a caller passes can add a principal, an action or a tag key, or drop a condition.
import { Annotations, Duration, Stack } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  Policy,
  PolicyDocument,
  PolicyStatement,
  Role,
  type IManagedPolicy,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledgements.ts';
import type { PermissionSet } from './permission-set.ts';
import { tenantAccessRoleName } from './role-name.ts';

/** What a tenant access role is made of. */
export interface TenantAccessRoleProps {
  readonly permissionSet: PermissionSet;
  /** The one principal that may assume the role. */
  readonly executionRole: IRole;
  readonly tenantTagKey: string;
  /** Keys of further session tags. */
  readonly sessionTagKeys: readonly string[];
  /** Whether every session must carry a source identity. */
  readonly sourceIdentityRequired: boolean;
  readonly roleNamePrefix: string;
  /**
   * The boundary of the role.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
}

/**
 * The role that vended sessions of one permission set have. Its own policy isolates without any session policy.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export class TenantAccessRole extends Construct {
  readonly role: IRole;
  /** The ARN as the configuration says it; written out of the name, so that it costs no environment variable of its own. */
  readonly configuredArn: string;
  /** What the role may do: the statements that wall two is proved on. */
  readonly ceiling: readonly Readonly<Record<string, unknown>>[];

  constructor(scope: Construct, id: string, props: TenantAccessRoleProps) {
    super(scope, id);
    const { permissionSet, executionRole, tenantTagKey } = props;
    const { access, role } = permissionSet.props;
    this.ceiling = access.flatMap((one) => one.ceilingStatements(tenantTagKey));
    const ceiling = this.ceiling.map((statement) => PolicyStatement.fromJson(statement));
    const trust = new ExecutionRolePrincipal(executionRole, props);
    if (role === undefined) {
      const { partition, account } = Stack.of(this);
      const roleName = tenantAccessRoleName(props.roleNamePrefix, permissionSet.name, this);
      this.role = new Role(this, 'Role', {
        roleName,
        description: `Vended sessions of permission set ${permissionSet.name}: one tenant each, by session tag ${tenantTagKey}`,
        assumedBy: trust,
        // STS gives a role that a role assumes one hour at most, so more would only widen a mistake.
        maxSessionDuration: Duration.hours(1),
        inlinePolicies: { TenantAccess: new PolicyDocument({ statements: ceiling }) },
        ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
      });
      this.configuredArn = `arn:${partition}:iam::${account}:role/${roleName}`;
    } else {
      this.role = role;
      this.configuredArn = role.roleArn;
      new Policy(this, 'Ceiling', { statements: ceiling, roles: [role] });
      if (role instanceof Role && role.assumeRolePolicy !== undefined)
        role.assumeRolePolicy.addStatements(trust.statement());
      else warnAboutTrust(this, permissionSet.name);
    }
    acknowledgeWildcards(
      this,
      ceiling,
      'Keys of the one tenant whose id is the session tag: the star stands behind it',
    );
  }
}

/** The function's role, under every condition that makes a session one tenant's. */
class ExecutionRolePrincipal extends ArnPrincipal {
  readonly #props: TenantAccessRoleProps;

  constructor(executionRole: IRole, props: TenantAccessRoleProps) {
    super(executionRole.roleArn);
    this.#props = props;
  }

  override addToAssumeRolePolicy(document: PolicyDocument): void {
    document.addStatements(this.statement());
  }

  statement(): PolicyStatement {
    const { tenantTagKey, sessionTagKeys, sourceIdentityRequired, permissionSet } = this.#props;
    const { externalId } = permissionSet.props;
    const requestTag = `aws:RequestTag/${tenantTagKey}`;
    return new PolicyStatement({
      // CDK's withSessionTags() would leave out SetSourceIdentity, and every vend would be refused.
      actions: ['sts:AssumeRole', 'sts:TagSession', ...(sourceIdentityRequired ? ['sts:SetSourceIdentity'] : [])],
      principals: [this],
      conditions: {
        Null: { [requestTag]: 'false' },
        StringLike: {
          // An empty tenant would turn the ceiling's `<tenant>/*` into `/*`.
          [requestTag]: '?*',
          ...(sourceIdentityRequired ? { 'sts:SourceIdentity': '?*' } : {}),
        },
        // A caller who can add tags could add one that some other policy trusts.
        'ForAllValues:StringEquals': { 'aws:TagKeys': [tenantTagKey, ...sessionTagKeys] },
        ...(externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } }),
      },
    });
  }
}

function warnAboutTrust(scope: Construct, name: string): void {
  Annotations.of(scope).addWarningV2(
    `token-vending-machine:imported-role-trust:${name}`,
    `The tenant access role of permission set ${name} is imported, so its trust policy is yours: admit exactly the execution role, ` +
      'for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, and require the tenant tag.',
  );
}
