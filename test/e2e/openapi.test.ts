// What the running machine says of itself, and that it does what it says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocal, type Local } from '../../local/index.ts';
import { conforms } from '../core/protocol/json-schema.ts';

type Json = Record<string, unknown>;
interface Operation {
  readonly security: readonly Json[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}

let local: Local;
let document: Json & { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

beforeAll(async () => {
  local = await startLocal();
  document = (await (await fetch(`${local.url}/openapi.json`)).json()) as typeof document;
});

afterAll(() => local.stop());

describe('GET /openapi.json', () => {
  it('is named by the discovery document, which names the other paths as well', async () => {
    const discovery = (await (await fetch(`${local.url}/.well-known/tvm-configuration`)).json()) as Json;
    expect(discovery['openapi_endpoint']).toBe('/openapi.json');
    for (const [name, path] of Object.entries(discovery))
      if (name.endsWith('_endpoint')) expect(document.paths).toHaveProperty([String(path)]);
  });

  it('describes the answers of every path, with and without a token', async () => {
    const token = await local.mintToken({ tenant: 'acme', subject: 'alice' });
    let seen = 0;
    for (const [template, methods] of Object.entries(document.paths))
      for (const [method, operation] of Object.entries(methods))
        for (const authorization of [`Bearer ${token}`, 'Bearer a.b.c']) {
          const path = template.replace('{permissionSet}', 'documents');
          const response = await fetch(`${local.url}${path}`, { method, headers: { authorization } });
          const type = response.headers.get('content-type')!;
          const described = operation.responses[String(response.status)]?.content[type]?.schema;
          expect([method, path, response.status, type, described === undefined]).toEqual([
            method,
            path,
            operation.security.length > 0
              ? authorization.endsWith('a.b.c')
                ? 401
                : 200
              : template.startsWith('/sts')
                ? 400
                : 200,
            type,
            false,
          ]);
          if (type === 'application/json') expect(conforms(await response.json(), described!, document)).toBe(true);
          seen += 1;
        }
    expect(seen).toBe(22);
  });
});
