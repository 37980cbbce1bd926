// The log groups of a machine: made here, or brought. Encrypts them where a key is given, and lets CloudWatch Logs use the key
// for these groups alone.
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type ILogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** How long logs live and how they are kept. */
export interface LogSettings {
  readonly logRetention: RetentionDays;
  /**
   * The key that encrypts them.
   * @default - a key of CloudWatch Logs
   */
  readonly logEncryptionKey?: IKey;
}

/** What the access log of a gateway is. */
export interface AccessLogProps extends LogSettings {
  /**
   * A log group of your own.
   * @default - a new one
   */
  readonly accessLog?: ILogGroup;
}

/** The access log of a gateway: the group brought, or a new one. Nothing in it is worth surviving the stack. */
export function accessLogOf(scope: Construct, props: AccessLogProps): ILogGroup {
  return props.accessLog ?? createLogGroup(scope, 'AccessLog', props, RemovalPolicy.DESTROY);
}

/** A log group with these settings. `logGroupName` only where AWS demands a prefix. */
export function createLogGroup(
  scope: Construct,
  id: string,
  settings: LogSettings,
  removalPolicy: RemovalPolicy,
  logGroupName?: string,
): LogGroup {
  const { logRetention: retention, logEncryptionKey: encryptionKey } = settings;
  return new LogGroup(scope, id, {
    retention,
    removalPolicy,
    ...(logGroupName === undefined ? {} : { logGroupName }),
    ...(encryptionKey === undefined ? {} : { encryptionKey }),
  });
}

/**
 * Lets CloudWatch Logs of this account and Region use the key for log groups whose names begin with one of `names`. Groups are
 * named by CloudFormation after their stack; their own ARNs would make key and group wait for each other.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function allowLogsToUseKey(key: IKey, scope: Construct, names: readonly string[]): void {
  const { partition, region, account, urlSuffix } = Stack.of(scope);
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AllowCloudWatchLogs',
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': names.map(
            (name) => `arn:${partition}:logs:${region}:${account}:log-group:${name}*`,
          ),
        },
      },
    }),
  );
}
