// The construct: one statement that deploys API, function, roles, logs and alarms.
// Reads top to bottom: roles, configuration, checks, function, API. Nothing is deployed that synth did not check.
import { Annotations, CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { HttpApi, IStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { variableOf } from '../core/index.ts';
import { VendingAlarms } from './alarms.ts';
import { checkConfiguration } from './configuration/check-configuration.ts';
import { checkIsolation } from './configuration/check-isolation.ts';
import { deliverConfiguration } from './configuration/deliver.ts';
import { toDocument } from './configuration/document.ts';
import { SynthError } from './errors.ts';
import { createHandlerCode } from './handler-code.ts';
import { vendingMetric, type VendingMetric } from './metrics.ts';
import { findHandlerBundle } from './package-root.ts';
import { defaultRoleNamePrefix } from './role-name.ts';
import { TenantAccessRole } from './tenant-access-role.ts';
import { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';
import type { TokenVendingMachineProps } from './token-vending-machine-props.ts';
import { VendingApi } from './vending-api.ts';
import { ExecutionRole, VendingFunction } from './vending-function.ts';

/**
 * A token vending machine.
 * @throws SynthError for everything that would fail a start or a vend; see its names
 */
export class TokenVendingMachine extends Construct {
  readonly api: HttpApi;
  readonly stage: IStage;
  readonly function: LambdaFunction;
  /** What the API invokes. */
  readonly alias: Alias;
  /** The one principal that may assume the tenant access roles. */
  readonly executionRole: IRole;
  /** The log of the function: one audit record per request. */
  readonly auditLog: ILogGroup;
  /** The address of the API, ending with `/`. */
  readonly url: string;
  readonly grants: TokenVendingMachineGrants;
  readonly #tenantAccessRoles: ReadonlyMap<string, TenantAccessRole>;
  #alarms: VendingAlarms | undefined;
  readonly #vending: VendingFunction;

  constructor(scope: Construct, id: string, props: TokenVendingMachineProps) {
    super(scope, id);
    const sourceIdentityRequired = props.sourceIdentity ?? true;
    const executionRole = new ExecutionRole(this, 'ExecutionRole', { sourceIdentityRequired });
    this.executionRole = executionRole.role;
    this.#tenantAccessRoles = this.#createRoles(props, sourceIdentityRequired);
    const roles = [...this.#tenantAccessRoles.values()];
    executionRole.allowVending(roles.map(({ role }) => role));

    const roleArns = new Map([...this.#tenantAccessRoles].map(([name, { configuredArn }]) => [name, configuredArn]));
    const document = toDocument(props, roleArns);
    const delivery = deliverConfiguration(document, this);
    checkConfiguration(delivery, this);
    checkIsolation(document, new Map([...this.#tenantAccessRoles].map(([name, { ceiling }]) => [name, ceiling])), this);

    const logRetention = props.logRetention ?? RetentionDays.ONE_YEAR;
    this.#vending = new VendingFunction(this, 'Vending', {
      code: createHandlerCode(props.handlerBundle ?? findHandlerBundle(), delivery.document, this),
      environment: Object.fromEntries([...delivery.values].map(([name, { token }]) => [variableOf(name), token])),
      role: executionRole.role,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(10),
      logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      tracing: props.tracing ?? false,
      ...(props.reservedConcurrentExecutions === undefined
        ? {}
        : { reservedConcurrentExecutions: props.reservedConcurrentExecutions }),
    });
    const { api, stage } = new VendingApi(this, 'Http', {
      handler: this.#vending.alias as IFunction,
      throttlingRateLimit: props.throttlingRateLimit ?? 100,
      throttlingBurstLimit: props.throttlingBurstLimit ?? 200,
      logRetention,
    });
    this.api = api;
    this.stage = stage;
    this.url = stage.url;
    this.function = this.#vending.function;
    this.alias = this.#vending.alias;
    this.auditLog = this.#vending.logGroup;
    this.grants = new TokenVendingMachineGrants(this.alias);
    if (props.alarms ?? true) this.addDefaultAlarms();
    this.#addOutputs();
    this.#warn(props);
  }

  /** The tenant access role of a permission set: what `AWS_ROLE_ARN` names on the STS route.
   * @throws SynthError `TvmPermissionSetInvalid` */
  tenantAccessRole(permissionSet: string): IRole {
    const role = this.#tenantAccessRoles.get(permissionSet)?.role;
    if (role !== undefined) return role;
    throw new SynthError(
      'TvmPermissionSetInvalid',
      {
        what: 'There is no such permission set',
        got: permissionSet,
        allowed: [...this.#tenantAccessRoles.keys()].join(', '),
        fix: 'use the name of one of permissionSets',
      },
      this,
    );
  }

  /** Creates the default alarms where there are none yet, and sends them to `topic`. */
  addDefaultAlarms(topic?: ITopic): void {
    this.#alarms ??= new VendingAlarms(this, 'Alarms', { vending: this.#vending, api: this.api });
    if (topic !== undefined) this.#alarms.notify(topic);
  }

  /** A metric of the function, over all machines of the account and Region. */
  metric(name: VendingMetric, options: MetricOptions = {}): Metric {
    return vendingMetric(name, {}, options);
  }

  /** Vends, of one permission set where it is named. */
  metricVended(permissionSet?: string, options: MetricOptions = {}): Metric {
    return vendingMetric('Vended', permissionSet === undefined ? {} : { permission_set: permissionSet }, options);
  }

  /** Refusals, of one code where it is named. */
  metricRefused(code?: string, options: MetricOptions = {}): Metric {
    return vendingMetric('Refused', code === undefined ? {} : { code }, options);
  }

  /** Time of a vend, milliseconds. */
  metricLatency(options: MetricOptions = {}): Metric {
    return vendingMetric('Latency', {}, options);
  }

  #createRoles(props: TokenVendingMachineProps, sourceIdentityRequired: boolean): Map<string, TenantAccessRole> {
    const roles = new Map<string, TenantAccessRole>();
    for (const permissionSet of props.permissionSets) {
      if (roles.has(permissionSet.name)) {
        const text = {
          what: 'Two permission sets have one name',
          got: permissionSet.name,
          allowed: 'each name once',
          fix: 'put the access of both into one set',
        };
        throw new SynthError('TvmPermissionSetInvalid', text, this);
      }
      const role = new TenantAccessRole(this, `TenantAccess-${permissionSet.name}`, {
        permissionSet,
        executionRole: this.executionRole,
        tenantTagKey: props.tenantTagKey ?? 'TenantId',
        sessionTagKeys: Object.keys(props.sessionTags ?? {}),
        sourceIdentityRequired,
        roleNamePrefix: props.roleNamePrefix ?? defaultRoleNamePrefix(this),
        ...(props.tenantAccessPermissionsBoundary === undefined
          ? {}
          : { permissionsBoundary: props.tenantAccessPermissionsBoundary }),
      });
      roles.set(permissionSet.name, role);
    }
    return roles;
  }

  #addOutputs(): void {
    new CfnOutput(this, 'ApiUrl', { value: this.url, description: 'Where tokens are exchanged for credentials' });
    for (const [name, { role }] of this.#tenantAccessRoles) {
      const description = `AWS_ROLE_ARN of permission set ${name} on the STS route`;
      new CfnOutput(this, `RoleArn-${name}`, { value: role.roleArn, description });
    }
  }

  #warn(props: TokenVendingMachineProps): void {
    for (const { configuration, warnings } of props.issuers) {
      for (const warning of warnings) {
        Annotations.of(this).addWarningV2(`token-vending-machine:issuer:${configuration.name}`, `${warning}.`);
      }
    }
    for (const { name, props: set } of props.permissionSets) {
      if (set.maxDuration === undefined || set.maxDuration.toSeconds() >= shortestComfortableSession) continue;
      Annotations.of(this).addWarningV2(
        `token-vending-machine:short-session:${name}`,
        `Permission set ${name} ends sessions after ${set.maxDuration.toSeconds()} s: SDKs in Python and .NET ask again below 15 minutes, so each call becomes a vend. Allow at least ${shortestComfortableSession} s.`,
      );
    }
  }
}

/** Seconds: 15 minutes, in which SDKs refresh, over a served life of some minutes. */
const shortestComfortableSession = 1260;
