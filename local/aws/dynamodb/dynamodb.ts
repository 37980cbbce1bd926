// Local DynamoDB: parses, authorises and executes one signed request at a time. One at a time, because the schema a
// request was read with must still be the table's when the engine runs it.
import type { LocalAccount } from '../../account.ts';
import type { Surroundings } from '../account-state.ts';
import { decide, denialReason, denialSubject, toCaller } from '../authorise.ts';
import { AwsRefusal, type HttpAnswer } from '../refusal.ts';
import type { WireRequest } from '../wire/request.ts';
import type { VerifiedSignature } from '../wire/sigv4.ts';
import type { AttributeValue } from './attribute-value.ts';
import { createEngine, type DynamoDbEngine, type EngineAnswer } from './engine.ts';
import { jsonAnswer, resourceNotFound } from './errors.ts';
import { isRecord } from '../../../core/iam/syntax.ts';
import { parseDynamoDb } from './parse.ts';
import { createTableMembers, createTables, parseSchema, type Table, type Tables } from './tables.ts';

export type { AttributeValue } from './attribute-value.ts';

/** A running local DynamoDB. */
export interface LocalDynamoDb {
  readonly answer: (request: WireRequest, signature: VerifiedSignature, around: Surroundings) => Promise<HttpAnswer>;
  /** Puts an item without asking anybody. Throws TypeError where the engine refuses it. */
  readonly seed: (table: string, item: Readonly<Record<string, AttributeValue>>) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts the engine with the account's tables. */
export async function startDynamoDb(account: LocalAccount): Promise<LocalDynamoDb> {
  const engine = createEngine();
  const tables = createTables(account);
  for (const table of account.tables) {
    const { name, arn, createTable, policy } = table;
    tables.add({ name, arn, ...parseSchema(createTable), ...(policy === undefined ? {} : { policy }) });
    await createInEngine(engine, { ...createTable, TableName: name });
  }
  let previous: Promise<unknown> = Promise.resolve();
  const oneAtATime = <T>(run: () => Promise<T>): Promise<T> => {
    const next = previous.then(run);
    previous = next.catch(() => undefined);
    return next;
  };
  return {
    answer: (request, signature, around) =>
      oneAtATime(() => answerDynamoDb(request, signature, around, { engine, tables })),
    seed: async (table, item) => {
      const { status, body } = await oneAtATime(() => engine.call('PutItem', { TableName: table, Item: item }));
      if (status !== 200) throw new TypeError(`The item cannot be seeded into ${table}: ${JSON.stringify(body)}`);
    },
    // The engine lives in memory and holds no handle; waiting for the last request is enough.
    stop: async () => {
      await previous;
    },
  };
}

async function answerDynamoDb(
  request: WireRequest,
  { session }: VerifiedSignature,
  { state, now }: Surroundings,
  { engine, tables }: { readonly engine: DynamoDbEngine; readonly tables: Tables },
): Promise<HttpAnswer> {
  const operation = parseDynamoDb(request, tables);
  const caller = toCaller(session, request.headers, state, now());
  for (const need of operation.needs) {
    const decision = decide(caller, state, need);
    if (decision.outcome === 'allowed') continue;
    const sentence = `${denialSubject(caller, need, '')} ${denialReason(caller, state, need, decision)}`;
    throw new AwsRefusal('AccessDeniedException', 400, sentence);
  }
  if (operation.isTableMissing) throw resourceNotFound();
  const answer = await engine.call(operation.name, operation.body);
  const { change } = operation;
  if (answer.status === 200 && change?.kind === 'add') tables.add(change.table);
  const described = withArns(answer, tables);
  if (answer.status === 200 && change?.kind === 'remove') tables.remove(change.table);
  return jsonAnswer(answer.status, described);
}

/** The engine does not know the account; a description carries our ARNs. */
function withArns({ body }: EngineAnswer, tables: Tables): unknown {
  const name = ['Table', 'TableDescription'].find((key) => isRecord(body[key]));
  const description = name === undefined ? undefined : body[name];
  if (name === undefined || !isRecord(description) || typeof description['TableName'] !== 'string') return body;
  const arn = tables.arnOf(description['TableName']);
  const described: Record<string, unknown> = { ...description, TableArn: arn };
  for (const list of ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes']) {
    const indexes: unknown = described[list];
    if (!Array.isArray(indexes)) continue;
    described[list] = indexes.map((index: unknown) =>
      isRecord(index) ? { ...index, IndexArn: `${arn}/index/${String(index['IndexName'])}` } : index,
    );
  }
  return { ...body, [name]: described };
}

async function createInEngine(engine: DynamoDbEngine, input: LocalTableInput): Promise<void> {
  const known = Object.fromEntries(Object.entries(input).filter(([name]) => createTableMembers.includes(name)));
  // Billing changes nothing here; a template that leaves it out is still a table.
  const billing = 'ProvisionedThroughput' in known || 'BillingMode' in known ? {} : { BillingMode: 'PAY_PER_REQUEST' };
  const { status, body } = await engine.call('CreateTable', { ...known, ...billing });
  if (status !== 200) throw new TypeError(`The table ${input.TableName} cannot be created: ${JSON.stringify(body)}`);
  for (;;) {
    const { body: described } = await engine.call('DescribeTable', { TableName: input.TableName });
    const { Table: table } = described;
    if (isRecord(table) && table['TableStatus'] === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

type LocalTableInput = Readonly<Record<string, unknown>> & Pick<{ TableName: Table['name'] }, 'TableName'>;
