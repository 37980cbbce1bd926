// What a DynamoDB request means, as one value: the body that the engine will run, and the permissions it needs.
import type { Need } from '../authorise.ts';
import type { JsonObject } from './json.ts';
import type { Table } from './tables.ts';

/** A parsed operation. `body` was checked member by member and goes to the engine as it stands here. */
export interface DynamoDbOperation {
  readonly name: string;
  readonly body: JsonObject;
  readonly needs: readonly Need[];
  /** A table it names does not exist: refused once authorised, whatever the engine would say. */
  readonly isTableMissing: boolean;
  /** What a success changes in the catalogue. */
  readonly change?:
    { readonly kind: 'add'; readonly table: Table } | { readonly kind: 'remove'; readonly table: string };
}
