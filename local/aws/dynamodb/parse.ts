// Which DynamoDB operation a request is. What is not listed is refused: transactions, PartiQL, streams, backups, tags and
// everything that is not built.
import { AwsRefusal, notImplemented } from '../refusal.ts';
import type { WireRequest } from '../wire/request.ts';
import { parseJsonObject } from './json.ts';
import type { DynamoDbOperation } from './operation.ts';
import { parseBatchGet, parseBatchWrite } from './parse-batch.ts';
import { isItemCall, parseItemCall } from './parse-item.ts';
import { isTableCall, parseListTables, parseTableCall } from './parse-table.ts';
import type { Tables } from './tables.ts';

const maxBodyBytes = 16 * 1024 * 1024;

/** Parses any DynamoDB request. Throws {@link AwsRefusal}. */
export function parseDynamoDb(request: WireRequest, tables: Tables): DynamoDbOperation {
  const { method, path, query, headers, body } = request;
  const [, name] = /^DynamoDB_20120810\.([A-Za-z]{1,64})$/.exec(headers.get('x-amz-target') ?? '') ?? [];
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const isJson = type === 'application/x-amz-json-1.0';
  if (method !== 'POST' || path !== '/' || query.size > 0 || name === undefined || !isJson) {
    throw new AwsRefusal('UnknownOperationException', 400, 'Not a DynamoDB operation of the JSON 1.0 protocol.');
  }
  if (body.length > maxBodyBytes) throw new AwsRefusal('RequestEntityTooLarge', 413, 'The request is over 16 MiB.');
  if (isItemCall(name)) return parseItemCall(name, parseJsonObject(body), tables);
  if (isTableCall(name)) return parseTableCall(name, parseJsonObject(body), tables);
  switch (name) {
    case 'BatchGetItem':
      return parseBatchGet(parseJsonObject(body), tables);
    case 'BatchWriteItem':
      return parseBatchWrite(parseJsonObject(body), tables);
    case 'ListTables':
      return parseListTables(parseJsonObject(body), tables);
    default:
      throw notImplemented(`the DynamoDB operation ${name}`);
  }
}
