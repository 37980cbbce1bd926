// The tenant access role of one permission set: whom it trusts and its ceiling (wall two). Made here, or brought: from this app,
// from another account's stack of this app, or from elsewhere.
import { Annotations, Arn, ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib';
import { Policy, PolicyDocument, PolicyStatement, Role, type IManagedPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledgements.ts';
import { CrossAccountTenantAccessRole } from './cross-account-tenant-access-role.ts';
import { SynthError } from './errors.ts';
import type { PermissionSet } from './permission-set.ts';
import { tenantAccessRoleName } from './role-name.ts';
import { TenantTrust } from './tenant-trust.ts';

/** What a tenant access role is made of. */
export interface TenantAccessRoleProps {
  readonly permissionSet: PermissionSet;
  /** The one principal that may assume the role. */
  readonly executionRole: IRole;
  /**
   * The name that target accounts trust.
   * @default - none: no role of another account can
   */
  readonly executionRoleName?: string;
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
  /** The ARN as the execution role's policy says it. */
  readonly assumableArn: string;
  /** What the role may do: the statements that wall two is proved on. */
  readonly ceiling: readonly Readonly<Record<string, unknown>>[];

  constructor(scope: Construct, id: string, props: TenantAccessRoleProps) {
    super(scope, id);
    const { permissionSet, tenantTagKey } = props;
    const { access, role } = permissionSet.props;
    this.ceiling = access.flatMap((one) => one.ceilingStatements(tenantTagKey));
    const statements = this.ceiling.map((statement) => PolicyStatement.fromJson(statement));
    const created = role === undefined ? this.#create(props, statements) : this.#bring(role, props, statements);
    this.role = created.role;
    this.configuredArn = created.configuredArn;
    this.assumableArn = created.assumableArn;
    acknowledgeWildcards(
      this,
      statements,
      'Keys of the one tenant whose id is the session tag: the star stands behind it',
    );
  }

  #create(props: TenantAccessRoleProps, statements: PolicyStatement[]): Created {
    const { permissionSet, tenantTagKey } = props;
    const { partition, account } = Stack.of(this);
    const roleName = tenantAccessRoleName(props.roleNamePrefix, permissionSet.name, this);
    const role = new Role(this, 'Role', {
      roleName,
      description: `Vended sessions of permission set ${permissionSet.name}: one tenant each, by session tag ${tenantTagKey}`,
      assumedBy: this.#trust(props),
      // STS gives a role that a role assumes one hour at most, so more would only widen a mistake.
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: { TenantAccess: new PolicyDocument({ statements }) },
      ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
    });
    return { role, configuredArn: `arn:${partition}:iam::${account}:role/${roleName}`, assumableArn: role.roleArn };
  }

  #bring(role: IRole, props: TenantAccessRoleProps, statements: PolicyStatement[]): Created {
    const { permissionSet } = props;
    const { name } = permissionSet;
    const crossAccount = CrossAccountTenantAccessRole.of(role);
    if (crossAccount !== undefined) {
      this.#agree(crossAccount, props);
      return { role, configuredArn: crossAccount.roleArn, assumableArn: crossAccount.roleArn };
    }
    const brought = { role, configuredArn: role.roleArn, assumableArn: role.roleArn };
    if (isElsewhere(role, this)) {
      if (permissionSet.props.externalId === undefined) throw refuseWithoutExternalId(name, this);
      // A policy cannot be attached across accounts; the other side writes both.
      warn(this, name, 'is in another account, so its trust and its policy are');
      return brought;
    }
    new Policy(this, 'Ceiling', { statements, roles: [role] });
    if (role instanceof Role && role.assumeRolePolicy !== undefined)
      role.assumeRolePolicy.addStatements(this.#trust(props).statement());
    else warn(this, name, 'is imported, so its trust policy is');
    return brought;
  }

  #agree(target: CrossAccountTenantAccessRole, props: TenantAccessRoleProps): void {
    const { account } = Stack.of(this);
    target.refuseOtherMachine(
      {
        ...props,
        account,
        executionRoleName: props.executionRoleName,
        externalId: props.permissionSet.props.externalId,
      },
      this,
    );
    // IAM refuses a trust in a role that does not exist yet.
    if (Stack.of(target) !== Stack.of(this)) Stack.of(target).node.addDependency(Stack.of(this));
  }

  #trust(props: TenantAccessRoleProps): TenantTrust {
    const { externalId } = props.permissionSet.props;
    return new TenantTrust({
      executionRoleArn: props.executionRole.roleArn,
      tenantTagKey: props.tenantTagKey,
      sessionTagKeys: props.sessionTagKeys,
      sourceIdentityRequired: props.sourceIdentityRequired,
      ...(externalId === undefined ? {} : { externalId }),
    });
  }
}

interface Created {
  readonly role: IRole;
  readonly configuredArn: string;
  readonly assumableArn: string;
}

/** Whether the ARN names, in plain text, another account than the stack's. */
function isElsewhere({ roleArn }: IRole, scope: Construct): boolean {
  if (Token.isUnresolved(roleArn)) return false;
  const { account } = Arn.split(roleArn, ArnFormat.SLASH_RESOURCE_NAME);
  const own = Stack.of(scope).account;
  return account !== undefined && !Token.isUnresolved(own) && account !== own;
}

/** Whoever learns the ARN could otherwise have their own machine of the same account assume it for them.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
function refuseWithoutExternalId(name: string, scope: Construct): SynthError {
  const text = {
    what: `Permission set ${name} has a role of another account and no external id`,
    got: 'no externalId',
    allowed: 'the external id that the trust of the role demands',
    fix: 'set externalId, or make the role with CrossAccountTenantAccessRole',
  };
  return new SynthError('TvmPermissionSetInvalid', text, scope);
}

function warn(scope: Construct, name: string, is: string): void {
  Annotations.of(scope).addWarningV2(
    `token-vending-machine:imported-role-trust:${name}`,
    `The tenant access role of permission set ${name} ${is} yours: admit exactly the execution role, ` +
      'for sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, and require the tenant tag.',
  );
}
