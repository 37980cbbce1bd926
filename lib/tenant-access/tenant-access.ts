// What a tenant may do with one resource, said once. A TenantAccess yields the session policy's statement templates and
// the ceiling on the tenant access role; the ceiling is derived, so the two walls cannot drift apart.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { describeModelAccess, type BedrockModelsOptions } from './bedrock-models.ts';
import { describeLeadingKeyAccess, type DynamoDbLeadingKeyOptions, type TenantTable } from './dynamo-db-leading-key.ts';
import { describeTableAccess, type DynamoDbTableOptions } from './dynamo-db-table.ts';
import { describeEventBusAccess, type EventBusOptions } from './event-bus.ts';
import { describeApiPathAccess, type ExecuteApiPathOptions, type TenantApi } from './execute-api-path.ts';
import { describeStreamAccess, type KinesisStreamOptions } from './kinesis-stream.ts';
import {
  describeEncryptionContextAccess,
  type KmsEncryptionContextOptions,
  type TenantKey,
} from './kms-encryption-context.ts';
import { describeKeyViaService } from './kms-via-service.ts';
import { describeFunctionAccess, type LambdaFunctionOptions } from './lambda-function.ts';
import { describeLogGroupAccess, type LogGroupOptions } from './log-group.ts';
import { describeResourceTagAccess, type ResourceTagOptions } from './resource-tag.ts';
import { describeAccessPointAccess, type S3AccessPointOptions, type TenantAccessPoint } from './s3-access-point.ts';
import { describeBucketAccess, type S3BucketOptions } from './s3-bucket.ts';
import { describePrefixAccess, type S3PrefixOptions, type TenantBucket } from './s3-prefix.ts';
import {
  describeSecretPathAccess,
  describeSecretTagAccess,
  type SecretsManagerPathOptions,
  type SecretsManagerTagOptions,
} from './secrets-manager.ts';
import { describeTopicAccess, type SnsTopicOptions } from './sns-topic.ts';
import { describeQueueAccess, type SqsQueueOptions } from './sqs-queue.ts';
import { describeParameterPathAccess, type SsmParameterPathOptions } from './ssm-parameter-path.ts';
import { toCeilingStatement, type TenantStatement } from './statement.ts';
import { describeStatements } from './statements.ts';

/**
 * One description of access, bound to both walls. Where each tenant has a resource of its own there is no construct to pass:
 * `scope` is the stack, or a construct of the stack, in whose account and Region the resources are.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
export class TenantAccess {
  readonly #statements: readonly TenantStatement[];

  private constructor(statements: readonly TenantStatement[]) {
    this.#statements = statements;
  }

  /** Objects below `<prefix><tenant>/` of a bucket, and listing them. No bucket controls, tags, ACLs or versions. */
  static s3Prefix(bucket: TenantBucket, options: S3PrefixOptions = {}): TenantAccess {
    return new TenantAccess(describePrefixAccess(bucket, options));
  }

  /** The bucket `<prefix><tenant>` of this account. No bucket controls, tags, ACLs or versions. */
  static s3Bucket(scope: IConstruct, options: S3BucketOptions): TenantAccess {
    return new TenantAccess(describeBucketAccess(scope, options));
  }

  /** Objects below `<prefix><tenant>/` through an access point, and listing them. */
  static s3AccessPoint(accessPoint: TenantAccessPoint, options: S3AccessPointOptions = {}): TenantAccess {
    return new TenantAccess(describeAccessPointAccess(accessPoint, options));
  }

  /** Items whose partition key is the tenant's. No Scan, no PartiQL, no streams, no table controls. */
  static dynamoDbLeadingKey(table: TenantTable, options: DynamoDbLeadingKeyOptions = {}): TenantAccess {
    return new TenantAccess(describeLeadingKeyAccess(table, options));
  }

  /** Items of the table `<prefix><tenant>`. No Scan, no PartiQL, no streams, no table controls. */
  static dynamoDbTable(scope: IConstruct, options: DynamoDbTableOptions): TenantAccess {
    return new TenantAccess(describeTableAccess(scope, options));
  }

  /** Secrets below `<prefix><tenant>/`. No creation, rotation, tags or resource policies. */
  static secretsManagerPath(scope: IConstruct, options: SecretsManagerPathOptions): TenantAccess {
    return new TenantAccess(describeSecretPathAccess(scope, options));
  }

  /** Secrets whose tag is the tenant. Whoever may tag secrets decides whose they are; sessions may not. */
  static secretsManagerTag(scope: IConstruct, options: SecretsManagerTagOptions = {}): TenantAccess {
    return new TenantAccess(describeSecretTagAccess(scope, options));
  }

  /** Parameters below `<prefix><tenant>/`, also by path. No labels, tags or sharing. */
  static ssmParameterPath(scope: IConstruct, options: SsmParameterPathOptions): TenantAccess {
    return new TenantAccess(describeParameterPathAccess(scope, options));
  }

  /** A shared key, for data that is encrypted with the tenant in its encryption context. No grants, no ReEncrypt. */
  static kmsEncryptionContext(key: TenantKey, options: KmsEncryptionContextOptions = {}): TenantAccess {
    return new TenantAccess(describeEncryptionContextAccess(key, options));
  }

  /** The key that encrypts what `access` reaches: through the service alone, and for the tenant's own resources alone. */
  static kmsViaService(key: TenantKey, access: TenantAccess): TenantAccess {
    return new TenantAccess(describeKeyViaService(key, access.#statements));
  }

  /** Messages of the queue `<prefix><tenant>`. No attributes, no purge. */
  static sqsQueue(scope: IConstruct, options: SqsQueueOptions): TenantAccess {
    return new TenantAccess(describeQueueAccess(scope, options));
  }

  /** Publishing to the topic `<prefix><tenant>`. No subscriptions. */
  static snsTopic(scope: IConstruct, options: SnsTopicOptions): TenantAccess {
    return new TenantAccess(describeTopicAccess(scope, options));
  }

  /** Sending events to the bus `<prefix><tenant>`. No rules. */
  static eventBus(scope: IConstruct, options: EventBusOptions): TenantAccess {
    return new TenantAccess(describeEventBusAccess(scope, options));
  }

  /** Records of the stream `<prefix><tenant>`. No consumers, no resharding. */
  static kinesisStream(scope: IConstruct, options: KinesisStreamOptions): TenantAccess {
    return new TenantAccess(describeStreamAccess(scope, options));
  }

  /** Invoking the function `<prefix><tenant>`. No function URL, no code or configuration. */
  static lambdaFunction(scope: IConstruct, options: LambdaFunctionOptions): TenantAccess {
    return new TenantAccess(describeFunctionAccess(scope, options));
  }

  /** Calling the paths of an API below `<prefix><tenant>/`, method by method. */
  static executeApiPath(api: TenantApi, options: ExecuteApiPathOptions): TenantAccess {
    return new TenantAccess(describeApiPathAccess(api, options));
  }

  /** Events of the log group `<prefix><tenant>`. No Logs Insights, no retention, no deletion. */
  static logGroup(scope: IConstruct, options: LogGroupOptions): TenantAccess {
    return new TenantAccess(describeLogGroupAccess(scope, options));
  }

  /** Invoking models, which all tenants share for the reason given; if wanted, only through the tenant's own inference profile. */
  static bedrockModels(scope: IConstruct, options: BedrockModelsOptions): TenantAccess {
    return new TenantAccess(describeModelAccess(scope, options));
  }

  /** Data of resources whose tag is the tenant, of a service whose actions carry the tag. No tag writes. */
  static resourceTag(scope: IConstruct, options: ResourceTagOptions): TenantAccess {
    return new TenantAccess(describeResourceTagAccess(scope, options));
  }

  /** Statements of your own; write `{{tenant}}` where the tenant id goes. Synth proves them like any other. */
  static statements(...statements: readonly PolicyStatement[]): TenantAccess {
    return new TenantAccess(describeStatements(statements));
  }

  /** Statements that every tenant has alike, such as reading a public price list; the reason is kept with them. */
  static shared(reason: string, ...statements: readonly PolicyStatement[]): TenantAccess {
    return new TenantAccess(describeStatements(statements, reason));
  }

  /** Wall one: the session policy's templates, with `{{tenant}}` and CDK tokens. */
  sessionStatements(): readonly TenantStatement[] {
    return this.#statements;
  }

  /** Wall two: the same statements on the session's tenant tag, for the tenant access role's own policy. */
  ceilingStatements(tenantTagKey: string): readonly Record<string, unknown>[] {
    return this.#statements.map((statement) => toCeilingStatement(statement, tenantTagKey));
  }
}
