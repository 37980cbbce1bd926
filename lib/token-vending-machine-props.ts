// What a token vending machine can be told. Flat, readonly, each default written down.
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IInterfaceVpcEndpoint, ISecurityGroup, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IManagedPolicy, IRole, PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import type { IWebACLRef } from 'aws-cdk-lib/aws-wafv2';
import type { AnyHttpApi } from './endpoint/endpoint.ts';
import type { PermissionSet } from './permission-set.ts';
import type { TenantIdFormat } from './tenant-id-format.ts';
import type { TokenIssuer } from './token-issuer.ts';
import type { AnyVpc } from './vending-function.ts';

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
   * Keep this many vended credentials in each execution environment and hand them out again to the very same grant, with half an
   * hour or more left. Each request is verified, authorised and recorded all the same. Up to 10,000, about 5 KB of memory each.
   * @default - none are kept: every vend asks STS
   */
  readonly credentialCacheSize?: number;
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
   * Environments that are started before anybody calls, so that nobody waits for a start. They are paid for by the hour.
   * @default - none
   */
  readonly provisionedConcurrentExecutions?: number;
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
   * An execution role of your own. The machine adds what it needs to its policy; the trust must admit Lambda.
   * @default - a role that can do nothing else
   */
  readonly executionRole?: IRole;
  /**
   * The name of the execution role, for tenant access roles of other accounts to trust. IAM is global: put the Region into it
   * where the machine is deployed to several.
   * @default - a name of CloudFormation's
   */
  readonly executionRoleName?: string;
  /**
   * The permissions boundary of the execution role.
   * @default - none
   */
  readonly executionRolePermissionsBoundary?: IManagedPolicy;
  /**
   * An HTTP API of your own. The machine adds one route, below `basePath` or else the default route.
   * @default - an API of its own
   */
  readonly api?: AnyHttpApi;
  /**
   * The host name that callers use; needs `certificate`. The gateway's own address is then closed.
   * @default - the gateway's own address
   */
  readonly domainName?: string;
  /**
   * The certificate of `domainName`, of the Region of the machine.
   * @default - none
   */
  readonly certificate?: ICertificate;
  /**
   * The zone that gets the alias records of `domainName`.
   * @default - none: the records are yours to make
   */
  readonly hostedZone?: IHostedZone;
  /**
   * The path below which the machine is, on `domainName` or `api`: `tvm` for `https://example.com/tvm/v1/credentials`.
   * @default - the root
   */
  readonly basePath?: string;
  /**
   * A web ACL in front of the API, which becomes a REST API. It must protect what it keeps: `webAclDataProtection()`.
   * @default - none
   */
  readonly webAcl?: IWebACLRef;
  /**
   * Log what the web ACL decides, with tokens redacted. A web ACL has one logging configuration: turn it off where the ACL has
   * its own.
   * @default true
   */
  readonly webAclLogging?: boolean;
  /**
   * VPC endpoints of `execute-api` through which alone the API, which becomes a private REST API, is reached.
   * @default - a public API
   */
  readonly privateEndpoints?: readonly IInterfaceVpcEndpoint[];
  /**
   * Who may call the API, which becomes a REST API. Callers bring tokens, not AWS credentials: tell them by network.
   * @default - everybody, or whoever comes through the private endpoints
   */
  readonly resourcePolicy?: PolicyDocument;
  /**
   * A VPC for the function. It needs a way to STS (the interface endpoint `sts`) and to the issuers.
   * @default - outside any VPC
   */
  readonly vpc?: AnyVpc;
  /**
   * The subnets of the function.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * The security groups of the function.
   * @default - one that lets HTTPS out and nothing in
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * A log group of your own for the audit records.
   * @default - a new one
   */
  readonly auditLog?: ILogGroup;
  /**
   * A log group of your own for the access log of the API.
   * @default - a new one
   */
  readonly accessLog?: ILogGroup;
  /**
   * The KMS key of the log groups that the machine makes; CloudWatch Logs is let use it for these groups.
   * @default - a key of CloudWatch Logs
   */
  readonly logEncryptionKey?: IKey;
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
