// Permission sets as constructs describe them: a name, the access, the role and the limits.
// Owns no isolation rule; the access values carry both walls and core judges the document.
import type { Duration } from 'aws-cdk-lib';
import type { IRole, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { PermissionSetInput, PolicyDocument } from '../core/index.ts';
import { SynthError } from './errors.ts';
import type { TenantAccess } from './tenant-access/tenant-access.ts';

/** A permission set in full. */
export interface PermissionSetProps {
  /** What a tenant may do. */
  readonly access: readonly TenantAccess[];
  /**
   * What the set is for.
   * @default - none
   */
  readonly description?: string;
  /**
   * A tenant access role of your own. The set's ceiling is added to its policy and, where the role belongs to this app,
   * the trust statement to its trust policy; an imported role's trust stays yours to write.
   * @default - a role for this set alone
   */
  readonly role?: IRole;
  /**
   * The external id that the tenant access role demands, for a role of another account.
   * @default - none
   */
  readonly externalId?: string;
  /**
   * The longest session of this set; 15 minutes to 1 hour.
   * @default Duration.hours(1)
   */
  readonly maxDuration?: Duration;
  /**
   * Conditions on claims; all must hold.
   * @default - none
   */
  readonly requires?: PermissionSetInput['requires'];
  /**
   * Further placeholders of the templates.
   * @default - none
   */
  readonly parameters?: PermissionSetInput['parameters'];
  /**
   * Names sessions by the tenant alone and keeps the subject out of them.
   * @default false
   */
  readonly hideSubject?: boolean;
  /**
   * Actions, by exact name, that the closing Deny of every session policy leaves out.
   * @default - none
   */
  readonly allowDespiteGuard?: readonly string[];
  /**
   * Session policies by reference, for what does not fit into 2,048 characters. STS unites them with the rendered policy, so
   * their statements are part of the proof; write the tenant as `\${aws:PrincipalTag/TenantId}` in them.
   * @default - none
   */
  readonly managedPolicies?: readonly ManagedPolicy[];
  /**
   * Sends no session policy: the tenant access role's own policy, by the tenant tag, is the only wall. For sets that are too
   * large for any session policy.
   * @default false
   */
  readonly isolateByTagsOnly?: boolean;
}

/** A named collection of access that a token can be exchanged for. */
export class PermissionSet {
  readonly name: string;
  readonly props: PermissionSetProps;

  private constructor(name: string, props: PermissionSetProps) {
    this.name = name;
    this.props = props;
  }

  /** A set with nothing but access: `PermissionSet.of('documents', TenantAccess.s3Prefix(bucket))`. */
  static of(name: string, ...access: readonly TenantAccess[]): PermissionSet {
    return PermissionSet.define(name, { access });
  }

  /** A set with options.
   * @throws SynthError `TvmPermissionSetInvalid` for an odd name or no access */
  static define(name: string, props: PermissionSetProps): PermissionSet {
    // The name becomes part of a role name, a route and a metric dimension.
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
      throw new SynthError('TvmPermissionSetInvalid', {
        what: 'A permission set cannot have this name',
        got: JSON.stringify(name),
        allowed: '1 to 32 of a-z, 0-9 and -, starting with a letter',
        fix: 'rename it, for example "documents"',
      });
    }
    // A session without a policy has everything its role has.
    if (props.access.length === 0) {
      throw new SynthError('TvmPermissionSetInvalid', {
        what: `Permission set ${name} allows nothing`,
        got: 'no access',
        allowed: 'at least one TenantAccess',
        fix: 'add one, such as TenantAccess.s3Prefix(bucket)',
      });
    }
    return new PermissionSet(name, props);
  }

  /** The set in the configuration document; strings may hold CDK tokens. */
  toConfiguration(roleArn: string): PermissionSetInput {
    const { props } = this;
    return {
      ...(props.description === undefined ? {} : { description: props.description }),
      roleArn,
      ...(props.externalId === undefined ? {} : { externalId: props.externalId }),
      statements: props.access.flatMap((access) => [...access.sessionStatements()]),
      ...(props.maxDuration === undefined ? {} : { maxDurationSeconds: props.maxDuration.toSeconds() }),
      ...(props.hideSubject === true ? { sessionName: 'tenant' as const } : {}),
      ...(props.requires === undefined ? {} : { requires: props.requires }),
      ...(props.parameters === undefined ? {} : { parameters: props.parameters }),
      ...(props.allowDespiteGuard === undefined ? {} : { allowDespiteGuard: props.allowDespiteGuard }),
      ...(props.isolateByTagsOnly === true ? { isolation: 'tags' as const } : {}),
      ...(props.managedPolicies === undefined ? {} : { managedPolicies: props.managedPolicies.map(toReference) }),
    };
  }
}

/** A managed policy with its text, which the proof reads. */
function toReference(policy: ManagedPolicy): { readonly arn: string; readonly document: PolicyDocument } {
  return { arn: policy.managedPolicyArn, document: policy.document.toJSON() as PolicyDocument };
}
