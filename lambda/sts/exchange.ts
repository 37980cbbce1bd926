// One POST to STS over a kept connection: bounded in time and bytes, no redirects, no proxy. It knows HTTP and nothing of STS.
import type { Agent, ClientRequest, RequestOptions } from 'node:http';
import { stsTimeouts } from './connection.ts';

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
  // Not imported: see build.ts.
  const { request, Agent: HttpAgent } = process.getBuiltinModule(protocol === 'https:' ? 'node:https' : 'node:http');
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
  // Events by hand: the signal option and the asynchronous iterator of node:http watch for the ends of streams in ways that took
  // a third of a vend's time.
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const sent = request({ ...origin, method, path, headers });
    const giveUp = (what: string) => (): void =>
      void sent.destroy(new DOMException(`${what} took too long`, 'TimeoutError'));
    const answerTimer = setTimeout(giveUp('the answer'), stsTimeouts.answer);
    let connectTimer: NodeJS.Timeout | undefined;
    let isAnswered = false;
    const abort = (): void => void sent.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort);
    const settle = (): void => {
      clearTimeout(answerTimer);
      clearTimeout(connectTimer);
      signal.removeEventListener('abort', abort);
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
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) sent.destroy(new TypeError(`the answer has over ${maxAnswerBytes} bytes`));
        else chunks.push(chunk);
      });
      // A connection that breaks off, or is given up, ends in an error of the response.
      response.on('error', fail);
      response.on('end', () => {
        settle();
        resolve({
          status: response.statusCode ?? 0,
          date: Date.parse(response.headers.date ?? ''),
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sent.end(body);
  });
}
