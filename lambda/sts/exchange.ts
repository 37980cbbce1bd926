// One POST to STS over a kept connection: bounded in time and bytes, no redirects, no proxy. It knows HTTP and nothing of STS.
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { stsTimeouts } from './connection.ts';

// Not imported: on Node 22 and later an ESM import of node:https loads undici, 45 to 60 ms of every cold start
// (nodejs/node#57649).
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

/** Bytes of an answer that are read; STS's own are under 4 KiB. */
const maxAnswerBytes = 64 * 1024;

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** The `Date` header, milliseconds since 1970; NaN where there is none. */
  readonly date: number;
  readonly text: string;
}

/** Makes the exchange of one origin. It rejects with Node's own errors, `TimeoutError` and `AbortError`. */
export function createExchange({ protocol, hostname, port }: URL): (exchange: Exchange) => Promise<Answer> {
  const { request, Agent: HttpAgent } = protocol === 'https:' ? https : http;
  const agent = new HttpAgent({ keepAlive: true });
  // Brackets are the URL's way to write an IPv6 address, not the socket's.
  const origin = { agent, host: hostname.replace(/^\[|\]$/g, ''), ...(port === '' ? {} : { port: Number(port) }) };
  return async (exchange) => {
    try {
      return await send(request, origin, exchange);
    } catch (cause) {
      // A kept connection that STS closed while the environment was frozen says so at its first use. Nothing was answered, and
      // AssumeRole leaves nothing behind, so the same is sent once more, over one that is certainly new.
      if (!(cause instanceof StaleConnection)) throw cause;
      return send(request, { ...origin, agent: false }, exchange);
    }
  };
}

/** The connection was a kept one and gave out before a byte of answer. */
class StaleConnection extends Error {}

function send(
  request: (options: RequestOptions) => ClientRequest,
  origin: { readonly agent: Agent | false; readonly host: string; readonly port?: number },
  { method, path, headers, body, signal }: Exchange,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...origin, method, path, headers, signal });
    const giveUp = (what: string) => (): void =>
      void sent.destroy(new DOMException(`${what} took too long`, 'TimeoutError'));
    const answerTimer = setTimeout(giveUp('the answer'), stsTimeouts.answer);
    let connectTimer: NodeJS.Timeout | undefined;
    let isAnswered = false;
    const settle = (): void => {
      clearTimeout(answerTimer);
      clearTimeout(connectTimer);
    };
    const fail = (cause: Error & { readonly code?: string }): void => {
      settle();
      const isStale = sent.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') && !isAnswered;
      reject(isStale ? new StaleConnection(undefined, { cause }) : cause);
    };
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(giveUp('the connection'), stsTimeouts.connect);
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connectTimer));
    });
    sent.on('error', fail);
    sent.on('response', (response) => {
      isAnswered = true;
      void readAnswer(response).then((answer) => {
        settle();
        resolve(answer);
      }, fail);
    });
    sent.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Breaking off closes the connection.
    if (bytes > maxAnswerBytes) throw new TypeError(`the answer has over ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    date: Date.parse(response.headers.date ?? ''),
    text: Buffer.concat(chunks).toString('utf8'),
  };
}
