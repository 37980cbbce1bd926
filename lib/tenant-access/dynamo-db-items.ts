// What may be done with DynamoDB items, the same for a shared table and for a table per tenant.
// Never Scan, PartiQL or DescribeTable: they carry no leading key.
import type { LevelActions } from './access-level.ts';

/** Transactions are decided as these, item by item.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
export const itemActions: LevelActions = {
  read: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'],
  write: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
};

/** Whether this is an exact index name. */
export function isIndexName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{3,255}$/.test(text);
}
