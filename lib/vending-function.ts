// The vending function, its log and the alias that callers invoke.
// Runs the prebuilt handler as it is; what the function may do is the execution role's matter.
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  Peer,
  Port,
  SecurityGroup,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import {
  Alias,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
  type Code,
  type IVersion,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ExecutionRole } from './execution-role.ts';
import { createLogGroup, type LogSettings } from './vending-log.ts';

/** A VPC; the class `Vpc` is one too, also under exactOptionalPropertyTypes. */
export type AnyVpc = IVpc | Vpc;

/** What the function is made of. */
export interface VendingFunctionProps extends LogSettings {
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly executionRole: ExecutionRole;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /**
   * A log group of your own.
   * @default - a new one
   */
  readonly auditLog?: ILogGroup;
  /**
   * Concurrent executions set aside for the function, and its limit.
   * @default - none
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * Environments of the alias that are started before anybody calls.
   * @default - none
   */
  readonly provisionedConcurrentExecutions?: number;
  /**
   * Where its network interfaces are.
   * @default - outside any VPC
   */
  readonly vpc?: AnyVpc;
  /**
   * In which subnets.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * With which security groups.
   * @default - one that lets HTTPS out
   */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/** The function, its log group and its alias `live`. */
export class VendingFunction extends Construct {
  readonly function: LambdaFunction;
  readonly alias: Alias;
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, props: VendingFunctionProps) {
    super(scope, id);
    const { executionRole, reservedConcurrentExecutions, provisionedConcurrentExecutions } = props;
    this.logGroup = props.auditLog ?? createLogGroup(this, 'Log', props, props.removalPolicy);
    executionRole.allowLogging(this.logGroup);
    if (props.vpc !== undefined) executionRole.allowNetworkInterfaces();
    if (props.tracing) executionRole.acknowledgeTracing();
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Token vending machine: a token in, credentials of one tenant out',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'vend.handler',
      code: props.code,
      role: executionRole.role,
      environment: { ...props.environment },
      memorySize: props.memorySize,
      timeout: props.timeout,
      logGroup: this.logGroup,
      // Lambda's JSON format would wrap each audit record into a string.
      loggingFormat: LoggingFormat.TEXT,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions }),
      ...(props.vpc === undefined ? {} : this.#network(props.vpc as IVpc, props)),
    });
    // Code and environment of $LATEST change one after the other; a published version has both or neither.
    this.alias = new Alias(this, 'Live', {
      aliasName: 'live',
      version: this.function.currentVersion as IVersion,
      ...(provisionedConcurrentExecutions === undefined ? {} : { provisionedConcurrentExecutions }),
    });
  }

  #network(
    vpc: IVpc,
    props: VendingFunctionProps,
  ): { vpc: IVpc; securityGroups: ISecurityGroup[]; vpcSubnets?: SubnetSelection } {
    return {
      vpc,
      securityGroups: props.securityGroups === undefined ? [this.#outboundHttps(vpc)] : [...props.securityGroups],
      ...(props.vpcSubnets === undefined ? {} : { vpcSubnets: props.vpcSubnets }),
    };
  }

  /** STS and the issuers answer HTTPS; the function needs nothing else and nobody connects to it. */
  #outboundHttps(vpc: IVpc): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Token vending machine: HTTPS to STS and issuers',
      allowAllOutbound: false,
    });
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'STS and issuers');
    return group;
  }
}
