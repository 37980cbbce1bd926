// The vending function: its execution role, its log and the alias that callers invoke.
// The role can do two things, assume the tenant access roles and write the function's own log; nothing may be added here.
import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
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
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** What the execution role may do. */
export interface ExecutionRoleProps {
  readonly sourceIdentityRequired: boolean;
}

/** The role of the function, before and apart from it: tenant access roles trust its ARN. */
export class ExecutionRole extends Construct {
  readonly role: Role;
  readonly #actions: readonly string[];

  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    super(scope, id);
    this.#actions = [
      'sts:AssumeRole',
      'sts:TagSession',
      ...(props.sourceIdentityRequired ? ['sts:SetSourceIdentity'] : []),
    ];
    this.role = new Role(this, 'Role', {
      description: 'Execution role of a token vending machine: assumes its tenant access roles, writes its log',
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
  }

  /** Allows assuming exactly these roles. The trust of each decides too; both have to agree. */
  allowVending(roles: readonly IRole[]): void {
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: [...this.#actions],
        resources: roles.map(({ roleArn }) => roleArn),
      }),
    );
  }
}

/** What the function is made of. */
export interface VendingFunctionProps {
  readonly code: Code;
  readonly environment: Readonly<Record<string, string>>;
  readonly role: Role;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /**
   * Concurrent executions set aside for the function, and its limit.
   * @default - none
   */
  readonly reservedConcurrentExecutions?: number;
}

/** The function, its log group and its alias `live`. */
export class VendingFunction extends Construct {
  readonly function: LambdaFunction;
  readonly alias: Alias;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: VendingFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Log', { retention: props.logRetention, removalPolicy: props.removalPolicy });
    // In place of AWSLambdaBasicExecutionRole, which may write every log of the account.
    props.role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      }),
    );
    this.function = new LambdaFunction(this, 'Function', {
      description: 'Token vending machine: a token in, credentials of one tenant out',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'vend.handler',
      code: props.code,
      role: props.role,
      environment: { ...props.environment },
      memorySize: props.memorySize,
      timeout: props.timeout,
      logGroup: this.logGroup,
      // Lambda's JSON format would wrap each audit record into a string.
      loggingFormat: LoggingFormat.TEXT,
      tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      ...(props.reservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrentExecutions }),
    });
    // Code and environment of $LATEST change one after the other; a published version has both or neither.
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: this.function.currentVersion as IVersion });
  }
}
