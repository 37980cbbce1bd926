// What a token vending machine can be told. Flat, readonly, each default written down.
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { PermissionSet } from './permission-set.ts';
import type { TenantIdFormat } from './tenant-id-format.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** The settings of a machine. */
export interface TokenVendingMachineProps {
  /** The issuers whose tokens are accepted. */
  readonly issuers: readonly TokenIssuer[];
  /** What tokens can be exchanged for. */
  readonly permissionSets: readonly PermissionSet[];
  /**
   * The set that a request without a name gets.
   * @default - the only set; with several, a request must name one
   */
  readonly defaultPermissionSet?: string;
  /**
   * Which tenant ids exist.
   * @default TenantIdFormat.standard()
   */
  readonly tenantIdFormat?: TenantIdFormat;
  /**
   * The session tag that carries the tenant; data policies of your own may use it too.
   * @default 'TenantId'
   */
  readonly tenantTagKey?: string;
  /**
   * Further session tags by key, each with the path of a claim. They take from the packed size of every session.
   * @default - none
   */
  readonly sessionTags?: Readonly<Record<string, readonly string[]>>;
  /**
   * How long credentials are valid, where a request does not say.
   * @default Duration.hours(1)
   */
  readonly sessionDuration?: Duration;
  /**
   * End credentials with the token they were vended for.
   * @default false
   */
  readonly capToTokenExpiry?: boolean;
  /**
   * Set the subject as the source identity of every session, and demand one in every trust policy.
   * Without it CloudTrail cannot say who did something once roles are chained.
   * @default true
   */
  readonly sourceIdentity?: boolean;
  /**
   * Exact origins of browser applications.
   * @default - none
   */
  readonly corsOrigins?: readonly string[];
  /**
   * A second Region whose STS is asked where the first cannot be reached.
   * @default - none
   */
  readonly stsFallbackRegion?: string;
  /**
   * Serves `POST /v1/explain`, the dry run that shows callers their own session policy and its decisions.
   * @default false
   */
  readonly explain?: boolean;
  /**
   * Requests per second that the API takes.
   * @default 100
   */
  readonly throttlingRateLimit?: number;
  /**
   * Requests that the API takes at once.
   * @default 200
   */
  readonly throttlingBurstLimit?: number;
  /**
   * Concurrent executions set aside for the function, and its limit. A new account has only ten to give.
   * @default - the account's unreserved concurrency
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * Memory of the function, MiB; its processor share grows with it.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * The longest time of one request.
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
  /**
   * Trace the function with X-Ray.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * How long audit records and access logs are kept.
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: RetentionDays;
  /**
   * What becomes of the audit records when the machine is removed.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * The permissions boundary of the tenant access roles.
   * @default - none
   */
  readonly tenantAccessPermissionsBoundary?: IManagedPolicy;
  /**
   * What the names of the tenant access roles start with; needed where one stack holds two machines.
   * @default - the stack name and `-tvm`
   */
  readonly roleNamePrefix?: string;
  /**
   * Create the default alarms.
   * @default true
   */
  readonly alarms?: boolean;
  /**
   * The path of another build of the handler.
   * @default - the one this package ships
   */
  readonly handlerBundle?: string;
}
