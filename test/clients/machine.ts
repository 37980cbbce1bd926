// What stands between a client and local mode: passes everything on, counts who asked for credentials, and where a check wants it,
// shortens what the credentials say of their life, or never answers. It makes up nothing else.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the machine behaves towards its client. */
export interface Behaviour {
  /** Seconds that credentials have left, by their own word, at each answer; default: what they truly have. */
  readonly secondsLeft?: number;
  /** Credentials are asked for and never given. */
  readonly silent?: boolean;
}

/** A machine for one run of one client. */
export interface Machine {
  readonly url: string;
  /** How often credentials were asked for. */
  readonly fetches: () => number;
  /** Milliseconds until the client hung up, of each request that a silent machine let wait; undefined while it waits. */
  readonly waits: () => readonly (number | undefined)[];
  readonly stop: () => Promise<void>;
}

/** Starts a machine in front of local mode at `target`. */
export async function startMachine(target: string, behaviour: Behaviour = {}): Promise<Machine> {
  let fetches = 0;
  const waits: (number | undefined)[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    const vends = path.startsWith('/v1/credentials') || path.startsWith('/sts');
    if (vends) fetches += 1;
    if (vends && behaviour.silent === true) {
      const [since, turn] = [performance.now(), waits.push(undefined) - 1];
      request.socket.once('close', () => (waits[turn] = performance.now() - since));
      return;
    }
    const answer = await passOn(target + path, request);
    const text = await answer.text();
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(vends && behaviour.secondsLeft !== undefined ? shorten(text, behaviour.secondsLeft) : text);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fetches: () => fetches,
    waits: () => [...waits],
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** Of the headers only those that decide something: a foreign Host would be refused. */
async function passOn(url: string, request: IncomingMessage): Promise<Response> {
  const names = ['authorization', 'accept', 'content-type'] as const;
  const headers = names.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, request.headers[name]]]));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) };
  return fetch(url, { method: request.method ?? 'GET', headers: headers as [string, string][], ...body });
}

/** In JSON and in XML. */
function shorten(text: string, secondsLeft: number): string {
  const expiration = `${new Date(Date.now() + secondsLeft * 1000).toISOString().slice(0, 19)}Z`;
  return text.replace(/("Expiration":\s*")[^"]*/, `$1${expiration}`).replace(/(<Expiration>)[^<]*/, `$1${expiration}`);
}
