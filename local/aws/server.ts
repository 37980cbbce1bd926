// The loopback server: lets requests of this machine in, verifies their signature, hands each to the service that its
// signature names, and writes the answer. Never binds anything but loopback; never answers for a service the signature
// was not made for.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalAccount, LocalRole } from '../account.ts';
import { refuseForeign } from '../guard.ts';
import { createAccountState, type Surroundings } from './account-state.ts';
import { answerPreflight, corsHeaders } from './cors.ts';
import { startDynamoDb, type AttributeValue, type LocalDynamoDb } from './dynamodb/dynamodb.ts';
import { renderDynamoDbRefusal } from './dynamodb/errors.ts';
import { AwsRefusal, notImplemented, type HttpAnswer } from './refusal.ts';
import { renderS3Refusal } from './s3/errors.ts';
import { answerS3 } from './s3/s3.ts';
import { createS3Store, toStoredObject, type S3Store } from './s3/store.ts';
import { createSessionBook, toCredentials, type LocalCredentials } from './sessions.ts';
import { renderStsRefusal } from './sts/answer.ts';
import { answerSts, answerUnsignedSts } from './sts/sts.ts';
import { readWireRequest, type WireRequest } from './wire/request.ts';
import { parseSignatureClaim, stripAuthentication } from './wire/signature-claim.ts';
import { SignatureError, toRefusal, type ServiceName } from './wire/signature-error.ts';
import { verifySignature } from './wire/sigv4.ts';

/** How to start local AWS. */
export interface LocalAwsOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly account: LocalAccount;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Origins whose pages may call; default none. */
  readonly origins?: readonly string[];
}

/** A running local AWS. */
export interface LocalAws {
  /** `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** A session of a role without going over the wire, with no session policy and no tags: what a Lambda function has. */
  readonly roleSession: (roleArn: string, sessionName: string) => LocalCredentials;
  /** Seeds an object; not authorised. Throws TypeError for an unknown bucket. */
  readonly putObject: (bucket: string, key: string, body: string) => void;
  /** Seeds an item; not authorised. */
  readonly putItem: (table: string, item: Readonly<Record<string, AttributeValue>>) => Promise<void>;
  /** Puts another role in the place of the one with its ARN, as somebody with a console would. */
  readonly replaceRole: (role: LocalRole) => void;
  readonly stop: () => Promise<void>;
}

interface Services {
  readonly around: Surroundings;
  readonly s3: S3Store;
  readonly dynamoDb: LocalDynamoDb;
}

/** Lambda renews an execution role's credentials by itself; here they just last as long as STS ever lets a session last. */
const roleSessionSeconds = 12 * 60 * 60;

/** Starts STS, S3 and DynamoDB on one loopback port. */
export async function startLocalAws({ port, account, now, origins = [] }: LocalAwsOptions): Promise<LocalAws> {
  const state = createAccountState(account);
  const sessions = createSessionBook(account.users);
  const around: Surroundings = { state, sessions, now };
  const bucketNames = account.buckets.map(({ name }) => name);
  const dynamoDb = await startDynamoDb(account);
  const services: Services = { around, s3: createS3Store(bucketNames, now()), dynamoDb };
  const server = createServer((message, response) => {
    void serve(message, response, services, { port: listeningPort(server), origins });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${listeningPort(server)}`,
    roleSession: (roleArn, sessionName) => {
      const role = state.role(roleArn);
      if (role === undefined) throw new TypeError(`The account has no role ${roleArn}.`);
      const grant = { kind: 'assumed-role', role, sessionName, durationSeconds: roleSessionSeconds } as const;
      return toCredentials(sessions.issue(grant, now()));
    },
    putObject: (bucket, key, body) => {
      const objects = services.s3.buckets.get(bucket)?.objects;
      if (objects === undefined) throw new TypeError(`There is no bucket ${bucket}.`);
      objects.set(key, toStoredObject(Buffer.from(body, 'utf8'), { standard: {}, metadata: {} }, now()));
    },
    putItem: (table, item) => dynamoDb.seed(table, item),
    replaceRole: (role) => {
      state.replaceRole(role);
    },
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      await dynamoDb.stop();
    },
  };
}

function listeningPort(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  services: Services,
  { port, origins }: { readonly port: number; readonly origins: readonly string[] },
): Promise<void> {
  try {
    const foreign = refuseForeign(message, port, origins);
    const answer: HttpAnswer =
      foreign === undefined
        ? (answerPreflight(message, origins) ?? (await answerRequest(message, services)))
        : { status: 403, headers: { 'content-type': 'text/plain' }, body: `${foreign}\n` };
    // SDKs correct their clock by this header; ours may be offset on purpose.
    response.setHeader('date', new Date(services.around.now()).toUTCString());
    response.setHeader('x-content-type-options', 'nosniff');
    // A body that was not read to its end would be taken for the next request.
    if (!message.complete) response.setHeader('connection', 'close');
    const hasLength = message.method !== 'HEAD' && answer.status !== 304;
    const length = hasLength ? { 'content-length': String(Buffer.byteLength(answer.body)) } : {};
    response.writeHead(answer.status, { ...length, ...answer.headers, ...corsHeaders(message, origins) });
    response.end(answer.body);
  } catch {
    // The sender went away, or an answer cannot be written: no request may end the process.
    response.destroy();
  }
}

async function answerRequest(message: IncomingMessage, services: Services): Promise<HttpAnswer> {
  let service = guessService(message);
  try {
    const request = await readWireRequest(message);
    const claim = parseSignatureClaim(request);
    if (claim === undefined) return await answerUnsigned(request, service, services.around);
    const scoped = claim.scope.service;
    if (!isService(scoped)) throw notImplemented(`the service ${scoped}`);
    service = scoped;
    return await answerSigned(request, service, claim, services);
  } catch (cause) {
    return renderRefusal(toAwsRefusal(cause, service), service, message.method ?? '');
  }
}

async function answerSigned(
  request: WireRequest,
  service: ServiceName,
  claim: NonNullable<ReturnType<typeof parseSignatureClaim>>,
  { around, s3, dynamoDb }: Services,
): Promise<HttpAnswer> {
  const signature = verifySignature(request, claim, around.sessions, around.now());
  const authentic = stripAuthentication(request, claim);
  switch (service) {
    case 'sts':
      return answerSts(authentic, signature, around);
    case 's3':
      return answerS3(authentic, signature, around, s3);
    case 'dynamodb':
      return dynamoDb.answer(authentic, signature, around);
  }
}

async function answerUnsigned(request: WireRequest, service: ServiceName, around: Surroundings): Promise<HttpAnswer> {
  if (service === 'sts') return answerUnsignedSts(request, around);
  throw new SignatureError('missing');
}

/** Whose words to use for a request that does not say itself which service it is for. */
function guessService({ method, headers }: IncomingMessage): ServiceName {
  if (headers['x-amz-target'] !== undefined) return 'dynamodb';
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return method === 'POST' && isForm ? 'sts' : 's3';
}

function isService(name: string): name is ServiceName {
  return name === 'sts' || name === 's3' || name === 'dynamodb';
}

function toAwsRefusal(cause: unknown, service: ServiceName): AwsRefusal {
  if (cause instanceof AwsRefusal) return cause;
  if (cause instanceof SignatureError) return toRefusal(cause, service);
  return new AwsRefusal('InternalError', 500, 'We encountered an internal error. Please try again.');
}

function renderRefusal(refusal: AwsRefusal, service: ServiceName, method: string): HttpAnswer {
  switch (service) {
    case 'sts':
      return renderStsRefusal(refusal);
    case 's3':
      return renderS3Refusal(refusal, method);
    case 'dynamodb':
      return renderDynamoDbRefusal(refusal);
  }
}
