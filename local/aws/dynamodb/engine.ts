// dynalite in this process: takes an operation and its body, gives the answer back. It decides nothing and sees nothing
// of the caller's request; it is reached only with what was authorised.
import { EventEmitter } from 'node:events';
import dynalite from 'dynalite';

/** The engine's answer: a status and a JSON document. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Runs operations. */
export interface DynamoDbEngine {
  readonly call: (operation: string, body: object) => Promise<EngineAnswer>;
}

/** dynalite wants to see a signature of the right shape and checks nothing about it; ours was verified long before. */
const headers = {
  authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=0',
  'x-amz-date': '20000101T000000Z',
  'content-type': 'application/x-amz-json-1.0',
};

/** A new, empty engine. */
export function createEngine(): DynamoDbEngine {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return {
    call: (operation, body) =>
      new Promise((resolve, reject) => {
        const target = { 'x-amz-target': `DynamoDB_20120810.${operation}` };
        const request = Object.assign(new EventEmitter(), {
          method: 'POST',
          url: '/',
          headers: { ...headers, ...target },
        });
        const response = {
          statusCode: 200,
          setHeader: (): void => undefined,
          end: (text: string): void => {
            resolve({ status: response.statusCode, body: JSON.parse(text) as EngineAnswer['body'] });
          },
        };
        try {
          server.emit('request', request, response);
          request.emit('data', Buffer.from(JSON.stringify(body), 'utf8'));
          request.emit('end');
        } catch (cause) {
          // A request that breaks the engine must not break the process.
          reject(cause instanceof Error ? cause : new TypeError(String(cause)));
        }
      }),
  };
}
