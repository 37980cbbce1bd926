// The construct: one statement that deploys API, function, roles, logs and alarms.
// Reads top to bottom: roles, configuration, checks, function, API. Nothing is deployed that synth did not check.
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction, IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';
import { variableOf } from '../core/index.ts';
import { VendingAlarms } from './alarms.ts';
import { checkOptions } from './check-options.ts';
import { checkConfiguration } from './configuration/check-configuration.ts';
import { checkIsolation } from './configuration/check-isolation.ts';
import { deliverConfiguration } from './configuration/deliver.ts';
import { toDocument } from './configuration/document.ts';
import { VendingDashboard, type DashboardOptions } from './dashboard.ts';
import { basePathVariable, toBasePath } from './endpoint/base-path.ts';
import { createEndpoint, type PublicEndpoint } from './endpoint/create-endpoint.ts';
import type { CustomDomain } from './endpoint/custom-domain.ts';
import type { AnyHttpApi } from './endpoint/endpoint.ts';
import { webAclLogPrefix } from './endpoint/web-acl.ts';
import { SynthError } from './errors.ts';
import { ExecutionRole } from './execution-role.ts';
import { createHandlerCode } from './handler-code.ts';
import { ImportedTokenVendingMachine, type TokenVendingMachineAttributes } from './imported-token-vending-machine.ts';
import { findHandlerBundle } from './package-root.ts';
import { defaultRoleNamePrefix } from './role-name.ts';
import { TenantAccessRole } from './tenant-access-role.ts';
import { TokenVendingMachineBase, type ITokenVendingMachine } from './token-vending-machine-base.ts';
import { TokenVendingMachineGrants } from './token-vending-machine-grants.ts';
import type { TokenVendingMachineProps } from './token-vending-machine-props.ts';
import { VendingFunction } from './vending-function.ts';
import { allowLogsToUseKey } from './vending-log.ts';
import { warnAbout } from './warnings.ts';

/**
 * A token vending machine.
 * @throws SynthError for everything that would fail a start or a vend; see its names
 */
export class TokenVendingMachine extends TokenVendingMachineBase {
  /** The HTTP API, its own or brought; none where a REST API was needed. */
  readonly httpApi: AnyHttpApi | undefined;
  /** The REST API, where a web ACL, a private endpoint or a resource policy was asked for. */
  readonly restApi: RestApi | undefined;
  /** The stage of the machine's own API. */
  readonly stage: IConstruct | undefined;
  /** The custom domain and its records. */
  readonly customDomain: CustomDomain | undefined;
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
  protected readonly tenantAccessRoles: ReadonlyMap<string, IRole>;
  readonly #public: PublicEndpoint;
  readonly #vending: VendingFunction;
  #alarms: VendingAlarms | undefined;

  /** A machine of another app: its address, roles, grants and metrics. */
  static fromTokenVendingMachineAttributes(
    scope: Construct,
    id: string,
    attributes: TokenVendingMachineAttributes,
  ): ITokenVendingMachine {
    return new ImportedTokenVendingMachine(scope, id, attributes);
  }

  constructor(scope: Construct, id: string, props: TokenVendingMachineProps) {
    super(scope, id);
    checkOptions(props, this);
    const basePath = toBasePath(props.basePath, this);
    const sourceIdentityRequired = props.sourceIdentity ?? true;
    const executionRole = createExecutionRole(this, props, sourceIdentityRequired);
    this.executionRole = executionRole.role;
    const roles = this.#createRoles(props, sourceIdentityRequired);
    this.tenantAccessRoles = new Map([...roles].map(([name, { role }]) => [name, role]));
    executionRole.allowVending([...roles.values()].map(({ assumableArn }) => assumableArn));

    const roleArns = new Map([...roles].map(([name, { configuredArn }]) => [name, configuredArn]));
    const document = toDocument(props, roleArns);
    const delivery = deliverConfiguration(document, this);
    checkConfiguration(delivery, this);
    checkIsolation(document, new Map([...roles].map(([name, { ceiling }]) => [name, ceiling])), this);

    const logRetention = props.logRetention ?? RetentionDays.ONE_YEAR;
    this.#vending = new VendingFunction(this, 'Vending', {
      ...given(props, functionOptions),
      code: createHandlerCode(props.handlerBundle ?? findHandlerBundle(), delivery.document, this),
      environment: {
        ...Object.fromEntries([...delivery.values].map(([name, { token }]) => [variableOf(name), token])),
        ...(basePath === '' ? {} : { [basePathVariable]: basePath }),
      },
      executionRole,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(10),
      logRetention,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      tracing: props.tracing ?? false,
    });
    this.function = this.#vending.function;
    this.alias = this.#vending.alias;
    this.auditLog = this.#vending.logGroup;
    this.grants = new TokenVendingMachineGrants(() => this.alias);
    this.#public = createEndpoint(this, props, { handler: this.alias as IFunction, basePath, logRetention });
    this.url = this.#public.url;
    this.customDomain = this.#public.domain;
    this.httpApi = this.#public.endpoint.httpApi;
    this.restApi = this.#public.endpoint.restApi;
    this.stage = this.#public.endpoint.stage;
    if (props.logEncryptionKey !== undefined) {
      allowLogsToUseKey(props.logEncryptionKey, this, [`${Stack.of(this).stackName}-`, webAclLogPrefix]);
    }
    if (props.alarms ?? true) this.addDefaultAlarms();
    this.#addOutputs(roles);
    warnAbout(props, this);
  }

  /** Creates the default alarms where there are none yet, and sends them to `topic`. */
  addDefaultAlarms(topic?: ITopic): void {
    this.#alarms ??= new VendingAlarms(this, 'Alarms', { vending: this.#vending, endpoint: this.#public.endpoint });
    if (topic !== undefined) this.#alarms.notify(topic);
  }

  /** Creates the dashboard; once per machine. */
  addDashboard(options: DashboardOptions = {}): Dashboard {
    return new VendingDashboard(this, 'Dashboard', {
      ...options,
      machine: this,
      permissionSets: [...this.tenantAccessRoles.keys()],
      alias: this.alias,
      endpoint: this.#public.endpoint,
    }).dashboard;
  }

  #createRoles(props: TokenVendingMachineProps, sourceIdentityRequired: boolean): Map<string, TenantAccessRole> {
    const roles = new Map<string, TenantAccessRole>();
    for (const permissionSet of props.permissionSets) {
      if (roles.has(permissionSet.name)) throw refuseSecond(permissionSet.name, this);
      const role = new TenantAccessRole(this, `TenantAccess-${permissionSet.name}`, {
        ...given(props, ['executionRoleName']),
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

  #addOutputs(roles: ReadonlyMap<string, TenantAccessRole>): void {
    new CfnOutput(this, 'ApiUrl', { value: this.url, description: 'Where tokens are exchanged for credentials' });
    const functionArn = { value: this.alias.functionArn, description: 'What the API invokes' };
    new CfnOutput(this, 'FunctionArn', functionArn);
    for (const [name, { assumableArn }] of roles) {
      const description = `AWS_ROLE_ARN of permission set ${name} on the STS route`;
      new CfnOutput(this, `RoleArn-${name}`, { value: assumableArn, description });
    }
  }
}

const functionOptions = [
  'auditLog',
  'logEncryptionKey',
  'reservedConcurrentExecutions',
  'provisionedConcurrentExecutions',
  'vpc',
  'vpcSubnets',
  'securityGroups',
] as const;

/** The named members that are set: an undefined one is not the same as none under exactOptionalPropertyTypes. */
function given<T extends object, K extends keyof T>(
  props: T,
  names: readonly K[],
): { [P in K]?: Exclude<T[P], undefined> } {
  const set = names.filter((name) => props[name] !== undefined).map((name) => [name, props[name]]);
  return Object.fromEntries(set) as { [P in K]?: Exclude<T[P], undefined> };
}

function createExecutionRole(
  scope: Construct,
  props: TokenVendingMachineProps,
  sourceIdentityRequired: boolean,
): ExecutionRole {
  return new ExecutionRole(scope, 'ExecutionRole', {
    sourceIdentityRequired,
    ...(props.executionRole === undefined ? {} : { role: props.executionRole }),
    ...(props.executionRoleName === undefined ? {} : { roleName: props.executionRoleName }),
    ...(props.executionRolePermissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: props.executionRolePermissionsBoundary }),
  });
}

function refuseSecond(name: string, scope: Construct): SynthError {
  const text = {
    what: 'Two permission sets have one name',
    got: name,
    allowed: 'each name once',
    fix: 'put the access of both into one set',
  };
  return new SynthError('TvmPermissionSetInvalid', text, scope);
}
