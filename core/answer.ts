// From an HTTP request to an HTTP answer: finds the route, runs the path behind it, renders the outcome. Every request gets an
// answer, and every answer of every route carries the headers that keep caches and browsers away from credentials.
import type { Attempt } from './audit.ts';
import { renderCredentialsDocument } from './credentials.ts';
import { TvmError, toTvmError } from './errors.ts';
import { parseExplainRequest, renderExplanation, type ExplainRequest } from './explanation.ts';
import { http } from './limits.ts';
import { corsHeaders } from './protocol/cors.ts';
import { discoveryDocument } from './protocol/discovery.ts';
import { readToken, singleHeader, type HttpRequest, type HttpResponse } from './protocol/http.ts';
import { renderOpenApi } from './protocol/openapi.ts';
import { renderProblem } from './protocol/problem.ts';
import { findRoute, type Route } from './protocol/routes.ts';
import { readStsRequest, renderStsAnswer, renderStsRefusal } from './protocol/sts-query.ts';
import type { Machine } from './ports.ts';
import { parseQueryDuration, parseVendRequest, type VendRequest } from './request.ts';
import { decodeUtf8, StrictJsonError } from './strict-json.ts';
import { formatTime } from './time.ts';
import { explain, identify, recordPreflight, vend } from './vend.ts';

/** What surrounds one request: its deadline and whether the environment is new. */
export interface Circumstances {
  readonly signal: AbortSignal;
  readonly coldStart: boolean;
}

type CredentialsRoute = Extract<Route, { kind: 'credentials' }>;

/** Answers any request. Never rejects. */
export async function answer(
  machine: Machine,
  request: HttpRequest,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  const found = findRoute(request.path);
  // A route that is switched off is not there at all.
  const route = found?.kind === 'explain' && !machine.config.explain ? undefined : found;
  let response: HttpResponse;
  try {
    response = await run(machine, request, route, circumstances);
  } catch (thrown) {
    const refusal = toTvmError(thrown);
    response = renderRefusal(machine, request, route, refusal);
    if (refusal.code === 'method-not-allowed') {
      response = { ...response, headers: { ...response.headers, Allow: allowed(route) } };
    }
  }
  const headers = {
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
    Vary: 'Authorization, Accept, Origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': request.requestId,
    ...response.headers,
    ...corsHeaders(machine.config, request, route),
  };
  return { ...response, headers };
}

/** A refusal in the protocol of its route: XML for the STS Query API, problem documents elsewhere. */
function renderRefusal(
  machine: Machine,
  request: HttpRequest,
  route: Route | undefined,
  refusal: TvmError,
): HttpResponse {
  const { requestId } = request;
  const publicDiagnostics = machine.config.diagnostics === 'public';
  if (route?.kind === 'sts') return renderStsRefusal(refusal, { requestId, publicDiagnostics });
  const asProblem = (request.headers.get('accept') ?? []).some((value) => value.includes('application/problem+json'));
  return renderProblem(refusal, { requestId, now: machine.clock() / 1000, asProblem, publicDiagnostics });
}

function allowed(route: Route | undefined): string {
  return [...(route?.methods ?? []), 'OPTIONS'].join(', ');
}

function preflight(route: Route): HttpResponse {
  return { status: 204, headers: { Allow: allowed(route) }, body: '' };
}

async function run(
  machine: Machine,
  request: HttpRequest,
  route: Route | undefined,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  // Every request below this path leaves an audit record, found or not.
  if (route === undefined && request.path.startsWith('/v1/credentials'))
    return refuseUnknown(machine, request, circumstances);
  if (route === undefined) throw new TvmError('not-found');
  if (request.method === 'OPTIONS') {
    if (vends(route)) await recordPreflight(machine, toAttempt(machine, request, circumstances));
    return preflight(route);
  }
  if (route.kind === 'credentials') return answerCredentials(machine, request, route, circumstances);
  if (route.kind === 'sts') return answerSts(machine, request, route, circumstances);
  checkMethod(request, route);
  switch (route.kind) {
    case 'health':
      return json({ status: 'ok' });
    case 'discovery':
      return json(discoveryDocument(machine.config));
    case 'openapi':
      return jsonText(renderOpenApi(machine.config.explain));
    case 'identity':
      return answerIdentity(machine, request, circumstances);
    case 'explain':
      return answerExplain(machine, request, circumstances);
    default:
      return route satisfies never;
  }
}

/** Whether every request to a route leaves an audit record, whatever its method. */
function vends({ kind }: Route): boolean {
  return kind === 'credentials' || kind === 'sts';
}

async function refuseUnknown(machine: Machine, request: HttpRequest, circumstances: Circumstances): Promise<never> {
  const read = (): never => {
    throw new TvmError('not-found');
  };
  await vend(machine, toAttempt(machine, request, circumstances), read, circumstances.signal);
  throw new TvmError('not-found');
}

function checkMethod(request: HttpRequest, route: Route): void {
  if (!route.methods.includes(request.method)) throw new TvmError('method-not-allowed');
}

async function answerCredentials(
  machine: Machine,
  request: HttpRequest,
  route: CredentialsRoute,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  const read = (): { token: string; request: VendRequest } => {
    checkMethod(request, route);
    const token = readToken(request);
    return { token, request: readVendRequest(request, route) };
  };
  const vended = await vend(machine, toAttempt(machine, request, circumstances), read, circumstances.signal);
  return jsonText(renderCredentialsDocument(vended, request.requestId, { slim: request.method === 'GET' }));
}

async function answerSts(
  machine: Machine,
  request: HttpRequest,
  route: Route,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  const read = (): { token: string; request: VendRequest } => {
    checkMethod(request, route);
    return readStsRequest(request, machine.config);
  };
  const vended = await vend(machine, toAttempt(machine, request, circumstances), read, circumstances.signal);
  return renderStsAnswer(vended, request.requestId);
}

async function answerIdentity(
  machine: Machine,
  request: HttpRequest,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  const attempt = toAttempt(machine, request, circumstances);
  const identity = await identify(machine, attempt, () => readToken(request), circumstances.signal);
  return json({
    Tenant: identity.tenant,
    Subject: identity.subject,
    Issuer: identity.issuer,
    PermissionSets: identity.permissionSets,
    DefaultPermissionSet: machine.config.defaultPermissionSet,
    TokenExpiration: formatTime(identity.tokenExpiresAt),
    ServerTime: formatTime(machine.clock() / 1000),
    RequestId: request.requestId,
  });
}

async function answerExplain(
  machine: Machine,
  request: HttpRequest,
  circumstances: Circumstances,
): Promise<HttpResponse> {
  let question: ExplainRequest['question'];
  const read = (): { token: string; request: VendRequest } => {
    const token = readToken(request);
    const asked = parseExplainRequest(readBodyText(request));
    question = asked.question;
    return { token, request: asked.vend };
  };
  const decision = await explain(machine, toAttempt(machine, request, circumstances), read, circumstances.signal);
  const { tenantTagKey } = machine.config.session;
  const options = { tenantTagKey, requestId: request.requestId, now: machine.clock() / 1000 };
  return jsonText(renderExplanation(decision, question === undefined ? options : { ...options, question }));
}

function toAttempt(machine: Machine, request: HttpRequest, { coldStart }: Circumstances): Attempt {
  const userAgent = request.headers.get('user-agent')?.[0];
  return {
    requestId: request.requestId,
    startedAt: machine.clock(),
    coldStart,
    ...(request.sourceIp === undefined ? {} : { sourceIp: request.sourceIp }),
    ...(userAgent === undefined ? {} : { userAgent }),
  };
}

/** Step 3 for both methods. The path and the body may both name the permission set, and then must agree. */
function readVendRequest(request: HttpRequest, route: CredentialsRoute): VendRequest {
  const fromPath = route.permissionSet === undefined ? {} : { permissionSet: route.permissionSet };
  if (request.method === 'GET') {
    const durations = request.query.get('durationSeconds') ?? [];
    if (durations.length > 1) throw new TvmError('request-invalid', { detail: 'durationSeconds is repeated' });
    return durations.length === 0 ? fromPath : { ...fromPath, durationSeconds: parseQueryDuration(durations[0]!) };
  }
  const fromBody = readBody(request);
  if (
    route.permissionSet !== undefined &&
    fromBody.permissionSet !== undefined &&
    fromBody.permissionSet !== route.permissionSet
  ) {
    throw new TvmError('request-invalid', { detail: 'path and body name different permission sets' });
  }
  return { ...fromBody, ...fromPath };
}

function readBody(request: HttpRequest): VendRequest {
  const text = readBodyText(request);
  return text === '' ? {} : parseVendRequest(text);
}

/** The text of a JSON body, or an empty text where there is none. */
function readBodyText(request: HttpRequest): string {
  if (request.body.length > http.maxBodyBytes) throw new TvmError('request-too-large');
  const type = singleHeader(request, 'content-type');
  if (request.body.length === 0) return '';
  // Browsers send text/plain and forms across origins without asking, so only JSON in UTF-8 is read.
  if (type === undefined || !/^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i.test(type)) {
    throw new TvmError('media-type-unsupported', { detail: 'the body is not application/json' });
  }
  try {
    return decodeUtf8(request.body);
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw new TvmError('request-invalid', { detail: 'the body is not UTF-8' });
    throw cause;
  }
}

function json(value: unknown): HttpResponse {
  return jsonText(JSON.stringify(value));
}

function jsonText(body: string): HttpResponse {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}
