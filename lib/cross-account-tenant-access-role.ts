// The tenant access role in another account than the machine's: the target side, and what the vending side must agree with.
// Both sides name the other: this trust names the execution role, the machine's configuration names this role and external id.
import { Duration, Stack, Token } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { acknowledgeWildcards } from './acknowledgements.ts';
import { SynthError } from './errors.ts';
import { PermissionSet, type PermissionSetProps } from './permission-set.ts';
import { tenantAccessRoleName } from './role-name.ts';
import type { TenantAccess } from './tenant-access/tenant-access.ts';
import { TenantTrust } from './tenant-trust.ts';

/** What the role of another account is made of. */
export interface CrossAccountTenantAccessRoleProps {
  /** The name of the permission set. */
  readonly permissionSet: string;
  /** What a tenant may do; of resources in this account. */
  readonly access: readonly TenantAccess[];
  /** The id of the account that the machine is in. */
  readonly vendingAccount: string;
  /** The `executionRoleName` of the machine. It must exist before this stack is deployed: IAM refuses a trust in nobody. */
  readonly executionRoleName: string;
  /** What the machine must name when it assumes the role; a random word of yours, so that no other machine is mistaken for it. */
  readonly externalId: string;
  /**
   * The machine's `tenantTagKey`.
   * @default 'TenantId'
   */
  readonly tenantTagKey?: string;
  /**
   * The keys of the machine's `sessionTags`.
   * @default - none
   */
  readonly sessionTagKeys?: readonly string[];
  /**
   * The machine's `sourceIdentity`.
   * @default true
   */
  readonly sourceIdentity?: boolean;
  /**
   * What the role's name starts with; permission set and Region follow.
   * @default - the executionRoleName, so that machines of several Regions have roles of their own
   */
  readonly roleNamePrefix?: string;
  /**
   * The permissions boundary of the role.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
}

/** The settings that both sides must have alike. */
export interface VendingSide {
  readonly account: string;
  readonly executionRoleName: string | undefined;
  readonly externalId: string | undefined;
  readonly tenantTagKey: string;
  readonly sessionTagKeys: readonly string[];
  readonly sourceIdentityRequired: boolean;
}

/**
 * A tenant access role for a machine of another account.
 * @throws SynthError `TvmOptionInvalid` in a stack without a concrete account and Region: the machine must be able to name it
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export class CrossAccountTenantAccessRole extends Construct {
  readonly role: Role;
  /** The ARN, known at synth. */
  readonly roleArn: string;
  readonly #props: CrossAccountTenantAccessRoleProps;

  constructor(scope: Construct, id: string, props: CrossAccountTenantAccessRoleProps) {
    super(scope, id);
    this.#props = props;
    this.#check();
    const { partition, account } = Stack.of(this);
    const tenantTagKey = props.tenantTagKey ?? 'TenantId';
    const roleName = tenantAccessRoleName(props.roleNamePrefix ?? props.executionRoleName, props.permissionSet, this);
    const ceiling = props.access
      .flatMap((one) => one.ceilingStatements(tenantTagKey))
      .map((statement) => PolicyStatement.fromJson(statement));
    this.role = new Role(this, 'Role', {
      roleName,
      description: `Vended sessions of permission set ${props.permissionSet}: one tenant each, by session tag ${tenantTagKey}`,
      assumedBy: new TenantTrust({
        executionRoleArn: `arn:${partition}:iam::${props.vendingAccount}:role/${props.executionRoleName}`,
        tenantTagKey,
        sessionTagKeys: props.sessionTagKeys ?? [],
        sourceIdentityRequired: props.sourceIdentity ?? true,
        externalId: props.externalId,
      }),
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: { TenantAccess: new PolicyDocument({ statements: ceiling }) },
      ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
    });
    this.roleArn = `arn:${partition}:iam::${account}:role/${roleName}`;
    acknowledgeWildcards(
      this,
      ceiling,
      'Keys of the one tenant whose id is the session tag: the star stands behind it',
    );
  }

  /** The construct that a role belongs to, if it is one of these. */
  static of(role: IConstruct): CrossAccountTenantAccessRole | undefined {
    const { scope } = role.node;
    return scope instanceof CrossAccountTenantAccessRole ? scope : undefined;
  }

  /** The vending side: the permission set for the machine's `permissionSets`. */
  toPermissionSet(options: Omit<PermissionSetProps, 'access' | 'role' | 'externalId'> = {}): PermissionSet {
    const { permissionSet, access, externalId } = this.#props;
    return PermissionSet.define(permissionSet, { ...options, access, role: this.role, externalId });
  }

  /** Refuses a machine that this role's trust would turn away: every vend would fail, and only at run time.
   * @throws SynthError `TvmCrossAccountMismatch` */
  refuseOtherMachine(machine: VendingSide, scope: IConstruct): void {
    const props = this.#props;
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['account', props.vendingAccount, Token.isUnresolved(machine.account) ? 'unknown' : machine.account],
      ['executionRoleName', props.executionRoleName, machine.executionRoleName ?? 'none'],
      ['externalId', props.externalId, machine.externalId ?? 'none'],
      ['tenantTagKey', props.tenantTagKey ?? 'TenantId', machine.tenantTagKey],
      ['sessionTags', [...(props.sessionTagKeys ?? [])].sort().join(), [...machine.sessionTagKeys].sort().join()],
      ['sourceIdentity', props.sourceIdentity ?? true, machine.sourceIdentityRequired],
    ];
    const differing = pairs.filter(([, here, there]) => here !== there);
    if (differing.length === 0) return;
    const list = (side: 1 | 2): string =>
      differing.map((pair) => `${pair[0]} ${JSON.stringify(pair[side])}`).join(', ');
    throw new SynthError(
      'TvmCrossAccountMismatch',
      {
        what: `The machine would be turned away by the tenant access role ${this.node.path}`,
        got: `a machine with ${list(2)}`,
        allowed: list(1),
        fix: 'give both sides the same values, and the stack of the machine a concrete account',
      },
      scope,
    );
  }

  #check(): void {
    const { account, region } = Stack.of(this);
    const { vendingAccount, externalId, executionRoleName } = this.#props;
    const refuse = (what: string, got: string, allowed: string, fix: string): SynthError =>
      new SynthError('TvmOptionInvalid', { what, got, allowed, fix }, this);
    if (Token.isUnresolved(account) || Token.isUnresolved(region)) {
      throw refuse(
        'The machine could not name this role',
        'a stack whose account or Region only the deployment knows',
        'a stack with env: { account, region }',
        'set env on the stack',
      );
    }
    if (!/^\d{12}$/.test(vendingAccount)) {
      throw refuse(
        'The vending account cannot be used',
        JSON.stringify(vendingAccount),
        '12 digits',
        'pass the account id',
      );
    }
    if (!/^[\w+=,.@-]{1,64}$/.test(executionRoleName)) {
      throw refuse(
        'The name of the execution role cannot be used',
        JSON.stringify(executionRoleName),
        'the executionRoleName of the machine, without a path or a wildcard',
        'pass the same name to both sides',
      );
    }
    // STS's own grammar, but longer than what one guesses.
    if (!/^[\w+=,.@:/-]{8,1224}$/.test(externalId)) {
      throw refuse(
        'The external id cannot be used',
        `${externalId.length} characters`,
        '8 to 1224 of letters, digits and +=,.@:/_-',
        'make one, such as with `openssl rand -hex 16`',
      );
    }
  }
}
