// The constructs: the root export of the package.
export { SynthError, type SynthErrorName, type SynthErrorText } from './errors.ts';
export type { VendingMetric } from './metrics.ts';
export { PermissionSet, type PermissionSetProps } from './permission-set.ts';
export type { AccessLevel } from './tenant-access/access-level.ts';
export type { BedrockModelsOptions } from './tenant-access/bedrock-models.ts';
export type { DynamoDbLeadingKeyOptions, TenantTable } from './tenant-access/dynamo-db-leading-key.ts';
export type { DynamoDbTableOptions } from './tenant-access/dynamo-db-table.ts';
export type { EventBusOptions } from './tenant-access/event-bus.ts';
export type { ExecuteApiPathOptions, TenantApi } from './tenant-access/execute-api-path.ts';
export type { KinesisStreamOptions } from './tenant-access/kinesis-stream.ts';
export type { KmsEncryptionContextOptions, TenantKey } from './tenant-access/kms-encryption-context.ts';
export type { LambdaFunctionOptions } from './tenant-access/lambda-function.ts';
export type { LogGroupOptions } from './tenant-access/log-group.ts';
export type { ResourceTagOptions, TaggedService } from './tenant-access/resource-tag.ts';
export type { S3AccessPointOptions, TenantAccessPoint } from './tenant-access/s3-access-point.ts';
export type { S3BucketOptions } from './tenant-access/s3-bucket.ts';
export type { S3PrefixOptions, TenantBucket } from './tenant-access/s3-prefix.ts';
export type { SecretsManagerPathOptions, SecretsManagerTagOptions } from './tenant-access/secrets-manager.ts';
export type { SnsTopicOptions } from './tenant-access/sns-topic.ts';
export type { SqsQueueOptions } from './tenant-access/sqs-queue.ts';
export type { SsmParameterPathOptions } from './tenant-access/ssm-parameter-path.ts';
export type { TenantStatement } from './tenant-access/statement.ts';
export { TenantAccess } from './tenant-access/tenant-access.ts';
export { TenantClaim } from './tenant-claim.ts';
export { TenantIdFormat, type TenantIdLength } from './tenant-id-format.ts';
export {
  TokenIssuer,
  type CognitoIssuerOptions,
  type OidcIssuerOptions,
  type StaticJwks,
  type StaticJwksOptions,
  type TokenIssuerOptions,
} from './token-issuer.ts';
export { TokenVendingMachine } from './token-vending-machine.ts';
export { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';
export type { TokenVendingMachineProps } from './token-vending-machine-props.ts';
export { TokenVendingMachineStack, type TokenVendingMachineStackProps } from './token-vending-machine-stack.ts';
