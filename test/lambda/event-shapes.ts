// One request as each gateway hands it over: what P11 compares. The shapes follow AWS's own documentation, not our reading of it.
import type { Result } from '../../lambda/events.ts';

/** A request before any gateway saw it. */
export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  /** Sent base64-encoded, as gateways do with what they take for binary. */
  readonly binary?: boolean;
}

export const requestId = 'c0ffee00-0000-4000-8000-000000000001';
export const sourceIp = '198.51.100.7';

type Pairs = readonly (readonly [string, string])[];

const encode = (pairs: Pairs): Pairs =>
  pairs.map(([name, value]) => [encodeURIComponent(name), encodeURIComponent(value)] as const);

function lists(pairs: Pairs): Record<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of pairs) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

const joined = (pairs: Pairs): Record<string, string> =>
  Object.fromEntries(Object.entries(lists(pairs)).map(([name, values]) => [name, values.join(',')]));
const last = (pairs: Pairs): Record<string, string> => Object.fromEntries(pairs);
const orNull = <T extends object>(value: T): T | null => (Object.keys(value).length === 0 ? null : value);

function bodyOf({ body, binary = false }: PlainRequest, none: null | ''): object {
  if (body === undefined) return { body: none, isBase64Encoded: false };
  return { body: binary ? Buffer.from(body).toString('base64') : body, isBase64Encoded: binary };
}

const lowerCased = (pairs: Pairs): Pairs => pairs.map(([name, value]) => [name.toLowerCase(), value] as const);

/** A gateway appends the address it saw to what the caller sent. */
function forwarded(pairs: Pairs): Pairs {
  const before = pairs.filter(([name]) => name === 'x-forwarded-for').map(([, value]) => value);
  return [
    ...pairs.filter(([name]) => name !== 'x-forwarded-for'),
    ['x-forwarded-for', [...before, sourceIp].join(', ')],
  ];
}

const httpApi = (request: PlainRequest, domainName = 'a1b2.execute-api.eu-west-1.amazonaws.com'): object => {
  const headers = forwarded(lowerCased(request.headers ?? []));
  const cookies = headers.filter(([name]) => name === 'cookie').map(([, value]) => value);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: encode(request.query ?? [])
      .map((pair) => pair.join('='))
      .join('&'),
    headers: joined(headers.filter(([name]) => name !== 'cookie')),
    ...(cookies.length === 0 ? {} : { cookies }),
    requestContext: {
      accountId: '111122223333',
      domainName,
      http: { method: request.method, path: request.path, sourceIp, userAgent: 'x' },
      requestId,
      stage: '$default',
    },
    ...bodyOf(request, ''),
  };
};

const restApi = (request: PlainRequest): object => {
  const headers = forwarded(request.headers ?? []);
  const query = request.query ?? [];
  return {
    resource: '/{proxy+}',
    path: request.path,
    httpMethod: request.method,
    headers: orNull(last(headers)),
    multiValueHeaders: orNull(lists(headers)),
    queryStringParameters: orNull(last(query)),
    multiValueQueryStringParameters: orNull(lists(query)),
    pathParameters: { proxy: request.path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '111122223333',
      path: `/v1${request.path}`,
      stage: 'v1',
      requestId,
      identity: { sourceIp, userAgent: 'x' },
    },
    ...bodyOf(request, null),
  };
};

const elb = { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/1' } };

const albSingle = (request: PlainRequest): object => ({
  requestContext: elb,
  httpMethod: request.method,
  path: request.path,
  queryStringParameters: last(encode(request.query ?? [])),
  headers: last(forwarded(lowerCased(request.headers ?? []))),
  ...bodyOf(request, ''),
});

const albMulti = (request: PlainRequest): object => ({
  requestContext: elb,
  httpMethod: request.method,
  path: request.path,
  multiValueQueryStringParameters: lists(encode(request.query ?? [])),
  multiValueHeaders: lists(forwarded(lowerCased(request.headers ?? []))),
  ...bodyOf(request, ''),
});

/** The five shapes by name. */
export const shapes = {
  'HTTP API': httpApi,
  'Function URL': (request: PlainRequest) => httpApi(request, 'a1b2.lambda-url.eu-west-1.on.aws'),
  'REST API': restApi,
  'ALB, many values': albMulti,
  'ALB, single values': albSingle,
} as const satisfies Record<string, (request: PlainRequest) => object>;

export type Shape = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as Shape[];

/** What a client sees of a result, whatever its shape. */
export function seen(result: Result): { status: number; headers: Record<string, string>; body: string } {
  const many = Object.entries(result.multiValueHeaders ?? {}).map(
    ([name, values]) => [name, values.join(',')] as const,
  );
  return {
    status: result.statusCode,
    headers: result.headers === undefined ? Object.fromEntries(many) : { ...result.headers },
    body: result.body,
  };
}
