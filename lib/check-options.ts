// Options that contradict each other, or stand where they mean nothing, are refused: an option that is accepted and ignored
// would be believed. Reads props and nothing else.
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SynthError } from './errors.ts';
import type { TokenVendingMachineProps } from './token-vending-machine-props.ts';

type Props = TokenVendingMachineProps;
type Option = keyof Props;

/** Two options that cannot both be set, and why. */
const exclusive: readonly (readonly [Option, readonly Option[], string])[] = [
  [
    'api',
    [
      'webAcl',
      'privateEndpoints',
      'resourcePolicy',
      'domainName',
      'accessLog',
      'throttlingRateLimit',
      'throttlingBurstLimit',
    ],
    'set it on your own API',
  ],
  [
    'privateEndpoints',
    ['domainName'],
    'a private API has no public domain: drop one of the two, or reach it by the DNS name of its VPC endpoint',
  ],
  ['executionRole', ['executionRoleName', 'executionRolePermissionsBoundary'], 'set it on your own role'],
  ['auditLog', ['removalPolicy'], 'set it on your own log group'],
];

/** Options that mean nothing without another one. */
const dependent: readonly (readonly [Option, readonly Option[]])[] = [
  ['certificate', ['domainName']],
  ['domainName', ['certificate']],
  ['hostedZone', ['domainName']],
  ['basePath', ['domainName', 'api']],
  ['webAclLogging', ['webAcl']],
  ['vpcSubnets', ['vpc']],
  ['securityGroups', ['vpc']],
];

/**
 * Refuses what cannot be meant.
 * @throws SynthError `TvmOptionsConflict`, `TvmOptionInvalid`
 */
export function checkOptions(props: Props, scope: IConstruct): void {
  const isSet = (option: Option): boolean => props[option] !== undefined;
  for (const [option, others, fix] of exclusive) {
    const both = others.filter(isSet);
    if (isSet(option) && both.length > 0) {
      throw conflict(scope, `${option} and ${both.join(', ')}`, `${option} without ${others.join(', ')}`, fix);
    }
  }
  for (const [option, others] of dependent) {
    if (!isSet(option) || others.some(isSet)) continue;
    const needed = others.join(' or ');
    throw conflict(
      scope,
      `${option} without ${needed}`,
      `${option} together with ${needed}`,
      `set ${needed}, or drop ${option}`,
    );
  }
  checkLogs(props, scope);
  checkConcurrency(props, scope);
  checkNetwork(props, scope);
  checkDomain(props, scope);
}

function checkLogs(
  { auditLog, accessLog, api, logRetention, logEncryptionKey, webAcl }: Props,
  scope: IConstruct,
): void {
  const hasOwnLog = auditLog === undefined || (accessLog === undefined && api === undefined) || webAcl !== undefined;
  const ignored = [
    ...(logRetention === undefined ? [] : ['logRetention']),
    ...(logEncryptionKey === undefined ? [] : ['logEncryptionKey']),
  ];
  if (hasOwnLog || ignored.length === 0) return;
  throw conflict(
    scope,
    `${ignored.join(', ')} where every log group is brought`,
    'logRetention and logEncryptionKey for log groups that the machine makes',
    'set retention and key on your own log groups',
  );
}

function checkConcurrency(props: Props, scope: IConstruct): void {
  const { provisionedConcurrentExecutions: provisioned, reservedConcurrentExecutions: reserved } = props;
  if (provisioned === undefined || Token.isUnresolved(provisioned)) return;
  if (!Number.isInteger(provisioned) || provisioned < 1) {
    throw invalid(
      scope,
      'provisionedConcurrentExecutions',
      String(provisioned),
      'a whole number from 1',
      'drop it for none',
    );
  }
  if (reserved === undefined || Token.isUnresolved(reserved) || provisioned <= reserved) return;
  throw conflict(
    scope,
    `provisionedConcurrentExecutions ${provisioned} and reservedConcurrentExecutions ${reserved}`,
    'no more provisioned than reserved',
    'raise reservedConcurrentExecutions',
  );
}

function checkNetwork({ privateEndpoints, securityGroups }: Props, scope: IConstruct): void {
  const empty =
    privateEndpoints?.length === 0 ? 'privateEndpoints' : securityGroups?.length === 0 ? 'securityGroups' : undefined;
  // An empty list of endpoints would read as "private" and deploy a public API.
  if (empty !== undefined) throw invalid(scope, empty, 'an empty list', 'at least one', 'name one, or drop the option');
}

function checkDomain({ domainName, hostedZone }: Props, scope: IConstruct): void {
  if (domainName === undefined || Token.isUnresolved(domainName)) return;
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(domainName)) {
    throw invalid(
      scope,
      'domainName',
      JSON.stringify(domainName),
      'a host name in lower case, without a wildcard',
      'write it as in "tvm.example.com"',
    );
  }
  const zone = hostedZone?.zoneName;
  if (zone === undefined || Token.isUnresolved(zone) || `.${domainName}`.endsWith(`.${zone}`)) return;
  throw conflict(
    scope,
    `domainName ${domainName} and hostedZone ${zone}`,
    `a name in the zone ${zone}`,
    'pass the zone that the name belongs to, or drop hostedZone and make the records there',
  );
}

function conflict(scope: IConstruct, got: string, allowed: string, fix: string): SynthError {
  return new SynthError('TvmOptionsConflict', { what: 'These options do not go together', got, allowed, fix }, scope);
}

function invalid(scope: IConstruct, option: Option, got: string, allowed: string, fix: string): SynthError {
  return new SynthError('TvmOptionInvalid', { what: `The option ${option} cannot be used`, got, allowed, fix }, scope);
}
