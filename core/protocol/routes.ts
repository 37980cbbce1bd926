// Which path answers which methods. Paths are compared as they came: nothing is decoded or normalised, so no second spelling
// of a path reaches a handler.

/** A route with what its path carries. */
export type Route =
  | { readonly kind: 'credentials'; readonly permissionSet?: string; readonly methods: readonly string[] }
  | { readonly kind: 'identity' | 'explain' | 'health' | 'discovery'; readonly methods: readonly string[] };

/** The route of a path, or undefined. Whether the method fits is the caller's to check. */
export function findRoute(path: string): Route | undefined {
  switch (path) {
    case '/v1/credentials':
      return { kind: 'credentials', methods: ['GET', 'POST'] };
    case '/v1/identity':
      return { kind: 'identity', methods: ['GET'] };
    case '/v1/explain':
      return { kind: 'explain', methods: ['POST'] };
    case '/.well-known/tvm-configuration':
      return { kind: 'discovery', methods: ['GET'] };
    case '/healthz':
      return { kind: 'health', methods: ['GET'] };
    default: {
      const [, permissionSet] = /^\/v1\/credentials\/([^/]+)$/.exec(path) ?? [];
      return permissionSet === undefined ? undefined : { kind: 'credentials', permissionSet, methods: ['GET', 'POST'] };
    }
  }
}
