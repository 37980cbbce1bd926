// The trust of a tenant access role. It is closed: nothing a caller passes can add a principal, an action or a tag key, or drop
// a condition. One text for roles of this account and of others.
import { ArnPrincipal, PolicyStatement, type PolicyDocument } from 'aws-cdk-lib/aws-iam';

/** What the trust demands. */
export interface TenantTrustProps {
  /** The one principal that may assume the role. */
  readonly executionRoleArn: string;
  readonly tenantTagKey: string;
  /** Keys of further session tags. */
  readonly sessionTagKeys: readonly string[];
  /** Whether every session must carry a source identity. */
  readonly sourceIdentityRequired: boolean;
  /**
   * What the vending side must name.
   * @default - none
   */
  readonly externalId?: string;
}

/** The function's role, under every condition that makes a session one tenant's. */
export class TenantTrust extends ArnPrincipal {
  readonly #props: TenantTrustProps;

  constructor(props: TenantTrustProps) {
    super(props.executionRoleArn);
    this.#props = props;
  }

  override addToAssumeRolePolicy(document: PolicyDocument): void {
    document.addStatements(this.statement());
  }

  /** The one statement. */
  statement(): PolicyStatement {
    const { tenantTagKey, sessionTagKeys, sourceIdentityRequired, externalId } = this.#props;
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
