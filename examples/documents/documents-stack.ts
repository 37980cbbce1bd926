// The example: tenants keep documents in one bucket and their index in one table, and vend credentials for both.
// Everything a tenant may do is in the one permission set below.
import { RemovalPolicy, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { PermissionSet, TenantAccess, TokenIssuer, TokenVendingMachine } from '../../lib/index.ts';

/** Settings of the example. */
export interface DocumentsStackProps extends StackProps {
  /** The exact `iss` of the tokens. */
  readonly issuer: string;
  /** The audience that tokens must name. */
  readonly audience: string;
  /**
   * Another build of the handler, for tests.
   * @default - the one of the package
   */
  readonly handlerBundle?: string;
}

/** A bucket, a table and the machine that vends credentials for one tenant's part of both. */
export class DocumentsStack extends Stack {
  readonly tokenVendingMachine: TokenVendingMachine;

  constructor(scope: Construct, id: string, props: DocumentsStackProps) {
    super(scope, id, props);
    // Keys are `<tenant>/…`.
    const bucket = new Bucket(this, 'Documents', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // Items have the tenant as their partition key.
    const table = new Table(this, 'Index', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.tokenVendingMachine = new TokenVendingMachine(this, 'Tvm', {
      ...(props.handlerBundle === undefined ? {} : { handlerBundle: props.handlerBundle }),
      issuers: [TokenIssuer.oidc(props.issuer, { audiences: [props.audience] })],
      permissionSets: [
        PermissionSet.of('documents', TenantAccess.s3Prefix(bucket), TenantAccess.dynamoDbLeadingKey(table)),
      ],
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'The example has no second bucket for access logs; CloudTrail data events name each tenant session',
    });
  }
}
