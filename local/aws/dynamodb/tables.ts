// The tables local DynamoDB has: ARN, key schema, indexes and resource policy. Kept in step with the engine, because the
// leading key of a request can only be told from the schema.
import type { LocalAccount } from '../../account.ts';
import type { PolicyDocument } from '../../../core/iam/index.ts';
import type { KeyAttribute } from './attribute-value.ts';
import { notImplemented } from '../refusal.ts';
import { validationException } from './errors.ts';
import { optionalList, requireString, toObject, type JsonObject } from './json.ts';

/** Keys of a table or an index. */
export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort: KeyAttribute | undefined;
}

/** A table. */
export interface Table {
  readonly name: string;
  readonly arn: string;
  readonly keys: KeySchema;
  readonly indexes: ReadonlyMap<string, KeySchema>;
  readonly policy?: PolicyDocument;
}

/** Tables by name, and the ARNs of those that are not there. */
export interface Tables {
  readonly find: (name: string) => Table | undefined;
  readonly arnOf: (name: string) => string;
  readonly add: (table: Table) => void;
  readonly remove: (name: string) => void;
}

/** An empty catalogue of an account. */
export function createTables({ partition, region, accountId }: LocalAccount): Tables {
  const tables = new Map<string, Table>();
  return {
    find: (name) => {
      // Real DynamoDB takes an ARN for a name; here it would be a second spelling of the same table.
      if (name.startsWith('arn:')) throw notImplemented('a table ARN in the place of its name');
      return tables.get(name);
    },
    arnOf: (name) => tables.get(name)?.arn ?? `arn:${partition}:dynamodb:${region}:${accountId}:table/${name}`,
    add: (table) => {
      tables.set(table.name, table);
    },
    remove: (name) => {
      tables.delete(name);
    },
  };
}

/** Members of CreateTable that both the engine and the catalogue know. */
export const createTableMembers: readonly string[] = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
  'TableName',
];

/** Reads the schema out of a CreateTable input. Throws ValidationException. */
export function parseSchema(input: JsonObject): Pick<Table, 'keys' | 'indexes'> {
  const types = new Map(
    optionalList(input, 'AttributeDefinitions').map((definition): [string, string] => {
      const object = toObject(definition, 'AttributeDefinitions');
      return [requireString(object, 'AttributeName'), requireString(object, 'AttributeType')];
    }),
  );
  const indexes = new Map<string, KeySchema>();
  for (const list of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
    for (const item of optionalList(input, list)) {
      const index = toObject(item, list);
      indexes.set(requireString(index, 'IndexName'), parseKeySchema(index, types));
    }
  }
  return { keys: parseKeySchema(input, types), indexes };
}

/** The engine goes by position, policies by kind: so the partition key must stand first. */
function parseKeySchema(owner: JsonObject, types: ReadonlyMap<string, string>): KeySchema {
  const [partition, sort, ...more] = optionalList(owner, 'KeySchema').map((entry, position): KeyAttribute => {
    const object = toObject(entry, 'KeySchema');
    const name = requireString(object, 'AttributeName');
    const type = types.get(name);
    const kind = requireString(object, 'KeyType');
    if (kind !== (position === 0 ? 'HASH' : 'RANGE') || (type !== 'S' && type !== 'N' && type !== 'B')) {
      throw validationException('Invalid KeySchema: HASH first, then RANGE, each with a defined type.');
    }
    return { name, type };
  });
  if (partition === undefined || more.length > 0) throw validationException('Invalid KeySchema: one or two elements.');
  return { partition, sort };
}
