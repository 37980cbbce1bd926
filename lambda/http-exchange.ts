// One request to one origin and its whole answer: bounded in time and bytes, no redirects (following one would let an issuer point
// inside our network), no proxy, no decompression. All that the deployed function sends goes through here.
import type { Agent as HttpAgent, ClientRequest, RequestOptions } from 'node:http';
import { isIP, type Socket } from 'node:net';

/** How every exchange with an origin is done. */
export interface ExchangeBounds {
  /** Keeps connections for as long as the other side does; else they are shared and kept for the five seconds that Node keeps any. */
  readonly keepsConnections: boolean;
  /** Milliseconds until there is a connection. */
  readonly connectTimeout: number;
  /** Milliseconds until the whole answer is there. */
  readonly answerTimeout: number;
  /** Bytes of an answer's body. */
  readonly maxBytes: number;
}

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

/** An origin as its exchanges see it. */
export interface Origin {
  /** Rejects with Node's own errors, `TimeoutError` and `AbortError`. */
  readonly exchange: (exchange: Exchange) => Promise<Answer>;
  /** Connects ahead, for the next exchange, where connections are kept. Never rejects. */
  readonly connect: (signal: AbortSignal) => Promise<void>;
}

/** Opens an origin; nothing is sent. */
export function openOrigin({ protocol, hostname, port }: URL, bounds: ExchangeBounds): Origin {
  const isTls = protocol === 'https:';
  // Not imported: see build.ts.
  const { request, globalAgent, Agent } = process.getBuiltinModule(isTls ? 'node:https' : 'node:http');
  const agent = bounds.keepsConnections ? new Agent({ keepAlive: true }) : globalAgent;
  // Brackets are the URL's way to write an IPv6 address, not the socket's.
  const host = hostname.replace(/^\[|\]$/g, '');
  const address = { host, port: port === '' ? (isTls ? 443 : 80) : Number(port) };
  const target: Target = { ...address, agent, bounds, old: new WeakSet() };
  return {
    exchange: async (exchange) => {
      try {
        return await send(request, target, exchange);
      } catch (cause) {
        // A connection that was closed while the environment was frozen says so at its next use. Nothing was answered, and neither
        // a GET nor AssumeRole leaves anything behind, so the same is sent once more, over one that is certainly new.
        if (!(cause instanceof StaleConnection)) throw cause;
        return send(request, { ...target, agent: false }, exchange);
      }
    },
    connect: async (signal) => {
      // The shared agent is everybody's.
      if (bounds.keepsConnections) await connectAhead(agent, address, target, signal);
    },
  };
}

/** The connection was there before and gave out before an answer. */
class StaleConnection extends Error {}

interface Target {
  readonly agent: HttpAgent | false;
  readonly host: string;
  readonly port: number;
  readonly bounds: ExchangeBounds;
  /** Connections that were opened ahead. */
  readonly old: WeakSet<Socket>;
}

/** Opens a connection that the agent takes when it next needs one. */
function connectAhead(
  agent: HttpAgent,
  address: { readonly host: string; readonly port: number },
  { bounds, old }: Target,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const create = agent.createConnection.bind(agent);
    // An address is no server name in TLS; Node leaves it out as well.
    const servername = isIP(address.host) === 0 ? address.host : '';
    // As the agent makes its own.
    const options = { ...address, servername, keepAlive: true, noDelay: true };
    const socket = create(options) as Socket;
    old.add(socket);
    let ahead: Socket | undefined = socket;
    agent.createConnection = (options, callback) => {
      const taken = ahead;
      ahead = undefined;
      return taken === undefined || taken.destroyed ? create(options, callback) : taken.ref();
    };
    const giveUp = (): void => void socket.destroy();
    const timer = setTimeout(giveUp, bounds.connectTimeout);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      // Waiting for its use is no reason for a process to live on.
      if (ahead !== undefined) socket.unref();
      resolve();
    };
    signal.addEventListener('abort', giveUp);
    // Errors are for whoever uses it; without a listener one of them would end the process.
    socket.on('error', () => undefined);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', settle).once('close', settle);
  });
}

function send(
  request: (options: RequestOptions) => ClientRequest,
  { bounds, old, ...target }: Target,
  { method, path, headers, body, signal }: Exchange,
): Promise<Answer> {
  // Events by hand: the signal option and the asynchronous iterator of node:http watch for the ends of streams in ways that took
  // a third of a vend's time.
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    // As a list Node takes them as they are; of an object it checks and copies each one.
    const sent = request({ ...target, method, path, headers: Object.entries(headers).flat() });
    const giveUp = (what: string) => (): void =>
      void sent.destroy(new DOMException(`${what} took too long`, 'TimeoutError'));
    const answerTimer = setTimeout(giveUp('the answer'), bounds.answerTimeout);
    let connectTimer: NodeJS.Timeout | undefined;
    let isAnswered = false;
    const abort = (): void => void sent.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort);
    const settle = (): void => {
      clearTimeout(answerTimer);
      clearTimeout(connectTimer);
      signal.removeEventListener('abort', abort);
    };
    const isOld = (): boolean => sent.reusedSocket || (sent.socket !== null && old.has(sent.socket));
    const fail = (cause: Error & { readonly code?: string }): void => {
      settle();
      const isStale = isOld() && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') && !isAnswered;
      reject(isStale ? new StaleConnection(undefined, { cause }) : cause);
    };
    sent.on('socket', (socket) => {
      if (!socket.connecting) return;
      connectTimer = setTimeout(giveUp('the connection'), bounds.connectTimeout);
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => clearTimeout(connectTimer));
    });
    sent.on('error', fail);
    sent.on('response', (response) => {
      // A connection that breaks off, or is given up, ends in an error of the response.
      response.on('error', fail);
      // Said to a connection that was idle for too long, and no answer to this request (RFC 9110 section 15.5.9).
      if (response.statusCode === 408 && isOld()) {
        settle();
        reject(new StaleConnection());
        sent.destroy();
        return;
      }
      isAnswered = true;
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > bounds.maxBytes) sent.destroy(new TypeError(`the answer has over ${bounds.maxBytes} bytes`));
        else chunks.push(chunk);
      });
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
