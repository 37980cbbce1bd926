// What is in the local bucket and table at the start: something of each demo tenant, where its permission sets would look for
// it, and what a seed file adds.
import type { VendingConfig } from '../core/config.ts';
import { TvmError } from '../core/errors.ts';
import { anyObject, list, map, object, string, type Issue } from '../core/schema.ts';
import type { LocalAccount } from './account.ts';
import type { AttributeValue, LocalAws } from './aws/index.ts';
import type { DemoTenant } from './local-configuration.ts';

/** A seed file: objects by bucket and key, items by table in DynamoDB's own JSON. */
export interface Seed {
  readonly buckets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly tables?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

const anyName = /^.+$/s;
const content = string({ accepts: () => true, what: 'text' });
const seedSchema = object(
  {},
  {
    buckets: map(anyName, 'a bucket name', map(anyName, 'a key', content)),
    tables: map(anyName, 'a table name', list(anyObject)),
  },
);

/** Parses a seed file. Throws `misconfigured`. */
export function parseSeed(input: unknown): Seed {
  const issues: Issue[] = [];
  const seed = seedSchema.parse(input, '', issues);
  if (seed === undefined) {
    throw new TvmError('misconfigured', {
      detail: `the seed: ${issues.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`,
    });
  }
  return seed;
}

/** An object of the demo: what the banner's two commands read. */
export interface SeededObject {
  readonly bucket: string;
  readonly key: string;
  readonly tenant: string;
}

/** Fills buckets and tables. Resolves with the demo objects. */
export async function seedAccount(
  aws: LocalAws,
  account: LocalAccount,
  config: VendingConfig,
  demo: readonly DemoTenant[],
  seed: Seed,
): Promise<readonly SeededObject[]> {
  const tenants = demo.map(({ tenant }) => tenant);
  const objects = demoObjects(account, config, tenants);
  for (const { bucket, key, tenant } of objects) aws.putObject(bucket, key, `hello from ${tenant}\n`);
  for (const { table, item } of demoItems(account, config, tenants)) await aws.putItem(table, item);
  for (const [bucket, keys] of Object.entries(seed.buckets ?? {})) {
    for (const [key, body] of Object.entries(keys)) aws.putObject(bucket, key, body);
  }
  for (const [table, items] of Object.entries(seed.tables ?? {})) {
    for (const item of items) await aws.putItem(table, item as Readonly<Record<string, AttributeValue>>);
  }
  return objects;
}

function toList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** `<prefix><tenant>/hello.txt` for every `arn:aws:s3:::<bucket>/<prefix>{{tenant}}/*` of the permission sets. */
function demoObjects(
  account: LocalAccount,
  config: VendingConfig,
  tenants: readonly string[],
): readonly SeededObject[] {
  const places = Object.values(config.permissionSets)
    .flatMap(({ statements }) => statements)
    .flatMap(({ Resource: resource }) => toList(resource))
    .flatMap((resource) => {
      const [, bucket, prefix] = /^arn:[a-z-]+:s3:::([^/]+)\/(.*?)\{\{tenant\}\}\/\*$/.exec(resource) ?? [];
      return bucket !== undefined && account.buckets.some(({ name }) => name === bucket)
        ? [{ bucket, prefix: prefix ?? '' }]
        : [];
    });
  const distinct = [...new Map(places.map((place) => [`${place.bucket}/${place.prefix}`, place])).values()];
  return distinct.flatMap(({ bucket, prefix }) =>
    tenants.map((tenant) => ({ bucket, tenant, key: `${prefix}${tenant}/hello.txt` })),
  );
}

/** One item per tenant in every table whose leading key a permission set binds to the tenant. */
function demoItems(
  account: LocalAccount,
  config: VendingConfig,
  tenants: readonly string[],
): readonly { table: string; item: Record<string, AttributeValue> }[] {
  return Object.values(config.permissionSets)
    .flatMap(({ statements }) => statements)
    .flatMap((statement) => {
      const leading = Object.values(statement.Condition ?? {}).flatMap((keys) => toList(keys['dynamodb:LeadingKeys']));
      const template = leading.find(
        (value): value is string => typeof value === 'string' && value.includes('{{tenant}}'),
      );
      const tables = account.tables.filter(({ arn }) => toList(statement.Resource).includes(arn));
      return template === undefined
        ? []
        : tables.flatMap((table) =>
            tenants.map((tenant) => toItem(table, template.replace('{{tenant}}', tenant), tenant)),
          );
    });
}

function toItem(
  table: LocalAccount['tables'][number],
  leadingKey: string,
  tenant: string,
): { table: string; item: Record<string, AttributeValue> } {
  const keys = (table.createTable['KeySchema'] ?? []) as readonly { AttributeName: string; KeyType: string }[];
  const item: Record<string, AttributeValue> = { message: { S: `hello from ${tenant}` } };
  for (const { AttributeName: name, KeyType: type } of keys)
    item[name] = { S: type === 'HASH' ? leadingKey.replace(/\*$/, '') : 'hello' };
  return { table: table.name, item };
}
