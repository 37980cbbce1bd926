// Which path answers which methods. Paths are compared as they came: nothing is decoded or normalised, so no second spelling
// of a path reaches a handler.

interface RouteEntry {
  /** The path, where `{permissionSet}` is one segment. */
  readonly path: string;
  readonly kind: Route['kind'];
  readonly methods: readonly string[];
}

/** A route with what its path carries. */
export type Route =
  | { readonly kind: 'credentials'; readonly permissionSet?: string; readonly methods: readonly string[] }
  | { readonly kind: 'sts'; readonly methods: readonly string[] }
  | {
      readonly kind: 'identity' | 'explain' | 'health' | 'discovery' | 'openapi';
      readonly methods: readonly string[];
    };

/** Every path there is. The document at /openapi.json describes exactly these. */
export const routes: readonly RouteEntry[] = [
  { path: '/v1/credentials', kind: 'credentials', methods: ['GET', 'POST'] },
  { path: '/v1/credentials/{permissionSet}', kind: 'credentials', methods: ['GET', 'POST'] },
  // The SDK for JavaScript appends a slash to the path of a configured endpoint, others do not.
  { path: '/sts', kind: 'sts', methods: ['POST'] },
  { path: '/sts/', kind: 'sts', methods: ['POST'] },
  { path: '/v1/identity', kind: 'identity', methods: ['GET'] },
  { path: '/v1/explain', kind: 'explain', methods: ['POST'] },
  { path: '/.well-known/tvm-configuration', kind: 'discovery', methods: ['GET'] },
  { path: '/openapi.json', kind: 'openapi', methods: ['GET'] },
  { path: '/healthz', kind: 'health', methods: ['GET'] },
];

const fixed: ReadonlyMap<string, Route> = new Map(
  routes.filter(({ path }) => !path.includes('{')).map(({ path, kind, methods }) => [path, { kind, methods }]),
);

/** The route of a path, or undefined. Whether the method fits is the caller's to check. */
export function findRoute(path: string): Route | undefined {
  const [, permissionSet] = /^\/v1\/credentials\/([^/]+)$/.exec(path) ?? [];
  return permissionSet === undefined
    ? fixed.get(path)
    : { kind: 'credentials', permissionSet, methods: ['GET', 'POST'] };
}
