// The TVM's own origin in local mode: the issuer below /oidc, and the HTTP API in front of the function for everything else.
// Loopback only; foreign hosts and pages of other sites are refused before anything reads the request.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TvmError } from '../core/errors.ts';
import { handleWithFunction } from './gateway.ts';
import { refuseForeign } from './guard.ts';
import { handleIssuer } from './issuer-routes.ts';
import type { LocalIssuer } from './issuer.ts';

/** What is served. */
export interface Serving {
  readonly issuer: LocalIssuer;
  /** Configured CORS origins, which may call across origins. */
  readonly origins: readonly string[];
  /** Served at `/.well-known/tvm-local`: where everything of this local mode is. */
  readonly description: Readonly<Record<string, string>>;
  readonly accountId: string;
  readonly now: () => number;
  /** Invokes the function. Pending while it starts, because it fetches the issuer's keys from this very server. */
  readonly invoke: Promise<(event: unknown) => Promise<unknown>>;
}

/** A listening server that serves nothing yet. */
export interface LocalServer {
  readonly url: string;
  readonly serve: (serving: Serving) => void;
  readonly stop: () => Promise<void>;
}

/** Bytes of request line and headers that the real gateway takes. */
const maxHeaderSize = 10_240;

/** Listens on loopback. Rejects with `misconfigured` where the port is taken. */
export async function startServer(wantedPort: number): Promise<LocalServer> {
  const server = createServer({ maxHeaderSize });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const detail =
        cause.code === 'EADDRINUSE' ? `port ${wantedPort} is taken` : `port ${wantedPort}: ${cause.message}`;
      reject(new TvmError('misconfigured', { detail, cause }));
    });
    server.listen(wantedPort, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    serve: (serving) => {
      server.on('request', (request, response) => {
        handle(request, response, { ...serving, url, port }).catch(() => response.destroy());
      });
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving & { readonly url: string; readonly port: number },
): Promise<void> {
  const { issuer, origins, description, url, port } = serving;
  const refusal = refuseForeign(request, port, origins);
  if (refusal !== undefined) return answer(response, 403, { message: `refused: ${refusal}` });
  if (request.url === '/.well-known/tvm-local') return answer(response, 200, description);
  if (await handleIssuer(request, response, issuer, url)) return;
  await handleWithFunction(request, response, serving, await serving.invoke);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
