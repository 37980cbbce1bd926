// Paths that resemble one of ours and are none.
import { describe, expect, it } from 'vitest';
import { findRoute, routes } from '../../../core/protocol/routes.ts';

describe('a path', () => {
  it.each([
    '/x/v1/credentials/documents',
    'x/v1/credentials/documents',
    '//v1/credentials/documents',
    '/v1/credentials/',
    '/v1/credentials/a/b',
    '/v1/credentials/{permissionSet}/',
    '/v1/credentials/documents/',
    '/v1/credentialsx',
    '/sts//',
    '/healthz/',
    '',
    '/',
  ])('is not found: "%s"', (path) => {
    expect(findRoute(path)).toBeUndefined();
  });

  it('with a permission set carries its name as it was written', () => {
    for (const name of ['documents', '%2f', '..', '{permissionSet}', '__proto__'])
      expect(findRoute(`/v1/credentials/${name}`)).toEqual({
        kind: 'credentials',
        permissionSet: name,
        methods: ['GET', 'POST'],
      });
  });

  it('of every route but that one leads to its entry', () => {
    for (const { path, kind, methods } of routes.filter((route) => !route.path.includes('{')))
      expect(findRoute(path)).toEqual({ kind, methods });
  });
});
