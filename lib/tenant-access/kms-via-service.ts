// The KMS key behind access that is already described: only through the service, and only under the encryption context
// that names the tenant's own resource. Owns what each service asks of a key and which context it writes.
import { Stack } from 'aws-cdk-lib';
import { SynthError } from '../errors.ts';
import { oneOrMany } from './access-level.ts';
import { refuseAlias, type TenantKey } from './kms-encryption-context.ts';
import { tenantPlaceholder, type TenantStatement } from './statement.ts';

const decrypt = ['kms:Decrypt'];
const writeDataKey = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** What an action of a service asks of the key. CreateGrant is nobody's: a grant outlives the session. */
const keyActions: Readonly<Record<string, readonly string[]>> = {
  's3:GetObject': decrypt,
  's3:PutObject': writeDataKey,
  'secretsmanager:GetSecretValue': decrypt,
  'secretsmanager:PutSecretValue': writeDataKey,
  'ssm:GetParameter': decrypt,
  // Advanced parameters have a data key each, standard ones are encrypted under the key itself.
  'ssm:PutParameter': ['kms:Encrypt', 'kms:GenerateDataKey'],
  'sqs:ReceiveMessage': decrypt,
  'sqs:SendMessage': writeDataKey,
  'sns:Publish': writeDataKey,
  'kinesis:GetRecords': decrypt,
  'kinesis:PutRecord': ['kms:GenerateDataKey'],
  'dynamodb:GetItem': decrypt,
  'dynamodb:PutItem': decrypt,
};

/** The encryption context of a service, and its value for a resource where that is not the ARN. */
const contexts: Readonly<
  Record<string, { readonly key: string; readonly value?: (arn: string) => string | undefined }>
> = {
  s3: { key: 'aws:s3:arn', value: (arn) => (arn.includes(':accesspoint/') ? undefined : arn) },
  secretsmanager: { key: 'SecretARN' },
  ssm: { key: 'PARAMETER_ARN' },
  sqs: { key: 'aws:sqs:arn' },
  sns: { key: 'aws:sns:topicArn' },
  kinesis: { key: 'aws:kinesis:arn' },
  dynamodb: { key: 'aws:dynamodb:tableName', value: (arn) => /:table\/([^/]*)$/.exec(arn)?.[1] },
};

/**
 * One statement per service of the access.
 * @param statements the access whose resources the key encrypts
 * @throws SynthError `TvmKeyNotIsolatable` where the context of the service does not name a resource of the tenant,
 *   `TvmTenantAccessInvalid` for an alias
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export function describeKeyViaService(
  key: TenantKey,
  statements: readonly TenantStatement[],
): readonly TenantStatement[] {
  refuseAlias(key);
  const uses = new Map<string, { readonly actions: Set<string>; readonly values: Set<string> }>();
  for (const { Effect: effect, Action: action, Resource: resource, shared } of statements) {
    if (effect !== 'Allow' || shared !== undefined) continue;
    for (const [service, name] of toList(action).map((one) => [one.split(':')[0] ?? '', one] as const)) {
      const values = valuesOf(service, toList(resource));
      if (!Object.hasOwn(keyActions, name) || values.length === 0) continue;
      const use = uses.get(service) ?? { actions: new Set(), values: new Set() };
      uses.set(service, use);
      for (const one of keyActions[name]!) use.actions.add(one);
      for (const value of values) use.values.add(value);
    }
  }
  if (uses.size === 0) throw notIsolatable(key);
  return [...uses].map(([service, { actions, values }]) => describeUse(key, service, [...actions].sort(), [...values]));
}

function describeUse(
  key: TenantKey,
  service: string,
  actions: readonly string[],
  values: readonly string[],
): TenantStatement {
  const { region, urlSuffix } = Stack.of(key);
  const viaService = { 'kms:ViaService': `${service}.${region}.${urlSuffix}` };
  const context = { [`kms:EncryptionContext:${contexts[service]?.key ?? ''}`]: oneOrMany(values) };
  // Further placeholders become a star in the ceiling, which an exact operator could not read.
  const isPattern = values.some((value) => /[*?]|\{\{(?!tenant\}\})/.test(value));
  return {
    Effect: 'Allow',
    Action: oneOrMany(actions),
    Resource: key.keyArn,
    Condition: isPattern
      ? { StringEquals: viaService, StringLike: context }
      : { StringEquals: { ...viaService, ...context } },
  };
}

/** The contexts that name the tenant; a resource without the tenant in it, such as a shared table, gives none. */
function valuesOf(service: string, resources: readonly string[]): readonly string[] {
  const context = contexts[service];
  if (context === undefined) return [];
  return resources
    .map((arn) => (context.value === undefined ? arn : context.value(arn)))
    .filter((value) => value?.includes(tenantPlaceholder) === true) as string[];
}

function notIsolatable(key: TenantKey): SynthError {
  return new SynthError(
    'TvmKeyNotIsolatable',
    {
      what: 'The KMS key cannot be bound to what a tenant may reach',
      got: 'access whose encryption context does not name the tenant',
      allowed: `own resources, named with the tenant, of ${Object.keys(contexts).join(', ')}`,
      fix: 'describe the resources by name or path, or allow the key with TenantAccess.shared and a reason',
    },
    key,
  );
}

function toList(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}
