// What runs inside the browser: the client library as it is shipped and unmodified AWS clients, behind a few functions that the
// runner calls. Shows what was asked and what came of it. It holds tokens in variables alone.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  createTokenVendingMachineProviders,
  fromTokenVendingMachine,
  requestCredentials,
  VendRefusedError,
  type CredentialProvider,
} from '../../client/index.ts';

interface Settings {
  readonly url: string;
  readonly aws: string;
  readonly region: string;
  readonly bucket: string;
  readonly table: string;
  readonly partitionKey: string;
  readonly sortKey: string;
}

/** What of the fetch handler's options is used. */
interface FetchHttpHandlerOptions {
  readonly cache?: 'no-store';
}

/** What came of something, as plain data that can leave the browser. */
interface Outcome {
  readonly value?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** The little of the page that is touched. */
interface Element {
  textContent: string;
  className: string;
  append: (...children: readonly Element[]) => void;
}
declare const document: {
  readonly createElement: (name: string) => Element;
  readonly querySelector: (selector: string) => Element | null;
};

let settings: Settings;
/** Milliseconds by which the clock of the providers is ahead. */
let ahead = 0;
const providers = new Map<string, CredentialProvider>();
let lookUp: ReturnType<typeof createTokenVendingMachineProviders>;

function setUp(given: Settings): void {
  settings = given;
  lookUp = createTokenVendingMachineProviders({ url: given.url });
}

function provider(token: string): CredentialProvider {
  const known = providers.get(token);
  if (known !== undefined) return known;
  // One try each: what is looked at is what a page sees of an answer.
  const waiting = { sleep: async (): Promise<void> => undefined, chance: (): number => 0 };
  const made = fromTokenVendingMachine({ url: settings.url, token, clock: () => Date.now() + ahead, waiting });
  providers.set(token, made);
  return made;
}

function settle(work: () => Promise<unknown>): Promise<Outcome> {
  return work().then(
    (value): Outcome => ({ value }),
    (cause: unknown): Outcome => ({ error: describe(cause) }),
  );
}

async function outcomeOf(question: string, work: () => Promise<unknown>): Promise<Outcome> {
  const outcome = await settle(work);
  show(question, outcome);
  return outcome;
}

function describe(cause: unknown): Readonly<Record<string, unknown>> {
  if (!(cause instanceof Error)) return { name: typeof cause };
  const { name, message } = cause;
  if (!(cause instanceof VendRefusedError)) return { name, message };
  const { code, status, requestId, retryAfterSeconds, serverTime } = cause;
  return { name, message, code, status, requestId, retryAfterSeconds, serverTime };
}

function show(question: string, { value, error }: Outcome): void {
  const row = document.createElement('tr');
  const word = error === undefined ? 'allowed' : 'refused';
  const said = error === undefined ? JSON.stringify(value ?? null) : String(error['code'] ?? error['name']);
  for (const text of [question, word, said]) {
    const cell = document.createElement('td');
    cell.textContent = text.length > 70 ? `${text.slice(0, 69)}…` : text;
    row.append(cell);
  }
  row.className = word;
  document.querySelector('tbody')?.append(row);
}

function s3(credentials: CredentialProvider, requestHandler: FetchHttpHandlerOptions = {}): S3Client {
  const { region, aws } = settings;
  return new S3Client({ region, endpoint: aws, forcePathStyle: true, credentials, maxAttempts: 1, requestHandler });
}

async function readWith(
  credentials: CredentialProvider,
  key: string,
  requestHandler?: FetchHttpHandlerOptions,
): Promise<unknown> {
  const { Body: body } = await s3(credentials, requestHandler).send(
    new GetObjectCommand({ Bucket: settings.bucket, Key: key }),
  );
  return body?.transformToString();
}

const page = {
  setUp,
  /** The provider's clock from now on. */
  moveClock: (milliseconds: number): void => void (ahead = milliseconds),
  vend: (token: string, forceRefresh = false): Promise<Outcome> =>
    outcomeOf(ahead === 0 ? 'vend' : `vend, ${ahead / 60_000} minutes later`, async () => {
      const { accessKeyId, expiration } = await provider(token)({ forceRefresh });
      return { accessKeyId, seconds: Math.round((expiration.getTime() - Date.now()) / 1000) };
    }),
  /** A vend of another machine, by the library, without retries that take time. */
  vendAt: (url: string, token: string): Promise<Outcome> =>
    outcomeOf('vend while the issuer cannot be reached', () => requestCredentials({ url, token })),
  read: (token: string, key: string): Promise<Outcome> =>
    outcomeOf(`GetObject ${key}`, () => readWith(provider(token), key)),
  readShared: (token: string, key: string): Promise<Outcome> =>
    outcomeOf(`GetObject ${key}, one of two tenants`, () =>
      // S3 says nothing of who may be given a kept answer: a browser would give one tenant's to the next.
      readWith(lookUp(token), key, { cache: 'no-store' }),
    ),
  write: (token: string, key: string, text: string): Promise<Outcome> =>
    outcomeOf(`PutObject ${key}`, async () => {
      await s3(provider(token)).send(new PutObjectCommand({ Bucket: settings.bucket, Key: key, Body: text }));
      return readWith(provider(token), key);
    }),
  readItem: (token: string, tenant: string, sort: string): Promise<Outcome> =>
    outcomeOf(`GetItem ${tenant}`, async () => {
      const { region, aws: endpoint, table: TableName, partitionKey, sortKey } = settings;
      const client = new DynamoDBClient({ region, endpoint, credentials: provider(token), maxAttempts: 1 });
      const Key = { [partitionKey]: { S: tenant }, [sortKey]: { S: sort } };
      const { Item: item } = await client.send(new GetItemCommand({ TableName, Key }));
      return item?.[partitionKey]?.S;
    }),
  /** A plain request, as any page can make it: what of the answer can be read. */
  fetch: (url: string, init: RequestInit = {}): Promise<Outcome> =>
    settle(async () => {
      const response = await fetch(url, init);
      const { status, type } = response;
      return {
        status,
        type,
        headers: Object.fromEntries(response.headers),
        body: (await response.text()).slice(0, 2000),
      };
    }),
};

Object.assign(globalThis, { tvm: page });
