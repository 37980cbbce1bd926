// The role of the function: made here, or brought. It can assume the tenant access roles and write the function's own log; inside
// a VPC Lambda also makes network interfaces with it. Nothing else may be added here.
import { Annotations, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal, type IManagedPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';

/** What the role is made of. */
export interface ExecutionRoleProps {
  readonly sourceIdentityRequired: boolean;
  /**
   * A role of your own.
   * @default - a new one
   */
  readonly role?: IRole;
  /**
   * The name of the new role, which target accounts trust.
   * @default - one of CloudFormation's
   */
  readonly roleName?: string;
  /**
   * The boundary of the new role.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
}

/** The role, before and apart from the function: tenant access roles trust its ARN. */
export class ExecutionRole extends Construct {
  readonly role: IRole;
  readonly #actions: readonly string[];

  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    super(scope, id);
    this.#actions = [
      'sts:AssumeRole',
      'sts:TagSession',
      ...(props.sourceIdentityRequired ? ['sts:SetSourceIdentity'] : []),
    ];
    this.role =
      props.role ??
      new Role(this, 'Role', {
        description: 'Execution role of a token vending machine: assumes its tenant access roles, writes its log',
        assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
        ...(props.roleName === undefined ? {} : { roleName: props.roleName }),
        ...(props.permissionsBoundary === undefined ? {} : { permissionsBoundary: props.permissionsBoundary }),
      });
    if (props.role !== undefined) this.#warnAboutBroughtRole();
  }

  /** Allows assuming exactly these roles. The trust of each decides too; both have to agree. */
  allowVending(roleArns: readonly string[]): void {
    this.#allow(new PolicyStatement({ effect: Effect.ALLOW, actions: [...this.#actions], resources: [...roleArns] }));
  }

  /** In place of AWSLambdaBasicExecutionRole, which may write every log of the account. */
  allowLogging({ logGroupArn }: ILogGroup): void {
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    this.#allow(new PolicyStatement({ actions, resources: [logGroupArn] }));
  }

  /** In place of AWSLambdaVPCAccessExecutionRole. The Deny keeps the network actions from the function's own code: Lambda
   * itself, which calls them before that code runs, carries no source function.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice */
  allowNetworkInterfaces(): void {
    const actions = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    this.#allow(new PolicyStatement({ actions, resources: ['*'] }));
    const { partition, region, account } = Stack.of(this);
    this.#allow(
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        conditions: {
          ArnLike: { 'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:*` },
        },
      }),
    );
    acknowledge(
      this.role,
      'AwsSolutions-IAM5[Resource::*]',
      'Network interfaces of the function have no ARN before they exist, and describing them takes none; denied to the code of functions',
    );
  }

  /** Traces have no resource. */
  acknowledgeTracing(): void {
    acknowledge(this.role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray takes no resource for PutTraceSegments');
  }

  #allow(statement: PolicyStatement): void {
    this.role.addToPrincipalPolicy(statement);
  }

  #warnAboutBroughtRole(): void {
    Annotations.of(this).addInfo(
      'The execution role is brought: its trust must admit lambda.amazonaws.com alone, and whatever else it may do, the vending function may do.',
    );
  }
}
