// IAM policy evaluation with reasons: role ∩ session ∩ boundary, resource policies, explicit deny first, default deny.
// It never guesses: what cannot be decided denies. No SDK, no I/O.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import { matchesResource, splitLiteralArn } from './arn.ts';
import { holds } from './condition.ts';
import { buildContext, type RequestContext, type RequestPrincipal } from './context.ts';
import { matchesPattern } from './pattern.ts';
import { parsePolicy, type PolicyDocument, type Principal, type Statement } from './policy.ts';
import { ConditionError, PolicySyntaxError } from './syntax.ts';

/** Where a statement stands. */
export type Layer = 'role' | 'session' | 'boundary' | 'resource';

/** A question to the evaluator: see the fields' notes for what an absent layer means. */
export interface EvaluationInput {
  readonly policies: {
    /** Identity policies of the role or user; they unite. */
    readonly role: readonly PolicyDocument[];
    /** Session policies, inline and by reference; they unite. Absent: the session has the whole role. */
    readonly session?: readonly PolicyDocument[];
    readonly boundary?: readonly PolicyDocument[];
    /** The policy of `request.resource`; for `sts:AssumeRole*` the trust policy, whose absence denies. */
    readonly resource?: PolicyDocument;
  };
  readonly principal: RequestPrincipal;
  readonly request: {
    readonly action: string;
    /** A concrete ARN, or `*` for an action that takes no resource. Its characters are literal. */
    readonly resource: string;
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  };
}

/** A statement that decided, or that named the action and still did not match; `detail` says which element on which values. */
export interface Reason {
  readonly layer: Layer;
  readonly document: number;
  readonly statement?: number;
  readonly sid?: string;
  readonly effect?: 'Allow' | 'Deny';
  readonly result: 'matched' | 'not-matched' | 'error';
  readonly detail: string;
}

/** The answer. `decidedBy` is the allowing or denying statement; undefined where nothing allowed. */
export interface Decision {
  readonly outcome: 'allowed' | 'implicitly-denied' | 'explicitly-denied';
  readonly decidedBy: Reason | undefined;
  readonly reasons: readonly Reason[];
}

/** How an Allow of a resource policy names the caller; each bypasses different layers. */
type GrantedTo = 'session' | 'role' | 'account';

interface Match {
  readonly reason: Reason;
  readonly grantedTo: GrantedTo;
}

interface LayerResult {
  readonly allows: readonly Match[];
  readonly denies: readonly Match[];
  readonly misses: readonly Reason[];
}

const needsTrust = /^sts:(?:assumerole.*|tagsession|setsourceidentity)$/;

/** Decides one request. Never throws: malformed documents and undecidable conditions deny, with the reason. */
export function evaluate(input: EvaluationInput): Decision {
  let context: RequestContext;
  try {
    context = buildContext(input.principal, input.request.context ?? {});
  } catch (cause) {
    return errorDecision('role', 0, cause);
  }
  const { role, session, boundary, resource } = input.policies;
  const results = {
    role: evaluateLayer('role', role, input, context),
    session: session === undefined ? undefined : evaluateLayer('session', session, input, context),
    boundary: boundary === undefined ? undefined : evaluateLayer('boundary', boundary, input, context),
    // Only an absent policy has no opinion; a null one is malformed, so it denies.
    resource: resource === undefined ? undefined : evaluateLayer('resource', [resource], input, context),
  };
  const present = [results.resource, results.session, results.boundary, results.role].filter(
    (layer) => layer !== undefined,
  );
  const reasons = present.flatMap((layer) => [
    ...layer.denies.map(({ reason }) => reason),
    ...layer.allows.map(({ reason }) => reason),
    ...layer.misses,
  ]);
  const deny = present.flatMap((layer) => layer.denies)[0];
  if (deny !== undefined) return { outcome: 'explicitly-denied', decidedBy: deny.reason, reasons };
  const allowedBy = findAllow(input.request.action, results);
  return { outcome: allowedBy ? 'allowed' : 'implicitly-denied', decidedBy: allowedBy, reasons };
}

/** A grant to the session ARN stands alone; one to the role ARN stands for the role's policies, but the session policy and
 * the boundary still limit it; one to the account only delegates. */
function findAllow(action: string, results: Readonly<Record<Layer, LayerResult | undefined>>): Reason | undefined {
  const grants = results.resource?.allows ?? [];
  const isTrust = needsTrust.test(action.toLowerCase());
  if (isTrust && grants.length === 0) return undefined;
  const toSession = grants.find(({ grantedTo }) => grantedTo === 'session');
  if (toSession !== undefined) return toSession.reason;
  if (results.session?.allows.length === 0 || results.boundary?.allows.length === 0) return undefined;
  const toRole = grants.find(({ grantedTo }) => grantedTo === 'role');
  return (toRole ?? results.role?.allows[0])?.reason;
}

function evaluateLayer(
  layer: Layer,
  documents: readonly PolicyDocument[],
  input: EvaluationInput,
  context: RequestContext,
): LayerResult {
  const allows: Match[] = [];
  const denies: Match[] = [];
  const misses: Reason[] = [];
  documents.forEach((document, index) => {
    let statements: readonly Statement[];
    try {
      statements = parsePolicy(document, layer === 'resource' ? 'resource' : 'identity').statements;
    } catch (cause) {
      // A document IAM would refuse may hold a Deny we cannot read: refuse everything rather than miss it.
      denies.push({ reason: errorReason(layer, index, cause), grantedTo: 'account' });
      return;
    }
    for (const statement of statements) {
      const outcome = matchStatement(statement, input, context);
      if (outcome === undefined) continue;
      const reason: Reason = {
        layer,
        document: index,
        statement: statement.index,
        ...(statement.sid === undefined ? {} : { sid: statement.sid }),
        effect: statement.effect,
        result: outcome.result,
        detail: outcome.detail,
      };
      if (outcome.result === 'matched') {
        (statement.effect === 'Allow' ? allows : denies).push({ reason, grantedTo: outcome.grantedTo });
      } else if (outcome.result === 'error' && statement.effect === 'Deny') {
        // A Deny whose condition cannot be decided counts as holding.
        denies.push({ reason, grantedTo: 'account' });
      } else {
        misses.push(reason);
      }
    }
  });
  return { allows, denies, misses };
}

interface StatementOutcome {
  readonly result: Reason['result'];
  readonly detail: string;
  readonly grantedTo: GrantedTo;
}

/** Undefined where the statement does not speak of the action at all: those are no near misses. */
function matchStatement(
  statement: Statement,
  input: EvaluationInput,
  context: RequestContext,
): StatementOutcome | undefined {
  const { request, principal } = input;
  const action = request.action.toLowerCase();
  const names = statement.actions.patterns.some((pattern) => matchesPattern(pattern, action));
  if (names === statement.actions.negated) return undefined;
  const miss = (detail: string): StatementOutcome => ({ result: 'not-matched', detail, grantedTo: 'account' });
  if (statement.resources !== undefined) {
    const { negated, patterns, texts } = statement.resources;
    if (patterns.some((pattern) => matchesResource(pattern, request.resource, context.variable)) === negated) {
      return miss(
        `${negated ? 'NotResource' : 'Resource'} ${JSON.stringify(texts)} ${negated ? 'covers' : 'does not match'} ${request.resource}`,
      );
    }
  }
  const grantedTo = matchPrincipals(statement, principal, input.policies.boundary !== undefined);
  if (grantedTo === undefined) return miss(`Principal does not match ${principal.sessionArn ?? principal.arn}`);
  // A condition that is certain to fail decides, wherever it stands; only then does one that cannot be decided count.
  let undecided: StatementOutcome | undefined;
  for (const condition of statement.conditions) {
    try {
      if (!holds(condition, context)) {
        const actual = context.values(condition.key);
        const shown = actual === undefined ? 'is absent' : `is ${JSON.stringify(actual)}`;
        return miss(`${condition.operator} wants ${JSON.stringify(condition.expected)}: ${condition.key} ${shown}`);
      }
    } catch (cause) {
      if (!(cause instanceof ConditionError)) throw cause;
      undecided ??= { result: 'error', detail: `${condition.operator}: ${cause.message}`, grantedTo: 'account' };
    }
  }
  if (undecided !== undefined) return undecided;
  return { result: 'matched', detail: `${statement.effect} of ${request.action} on ${request.resource}`, grantedTo };
}

function matchPrincipals(statement: Statement, principal: RequestPrincipal, isBounded: boolean): GrantedTo | undefined {
  if (statement.principals === undefined) return 'account';
  const { negated, list } = statement.principals;
  const granted = list.map((named) => matchPrincipal(named, principal)).filter((grantedTo) => grantedTo !== undefined);
  // NotPrincipal stands in Deny only (parsePolicy), so how it is granted does not matter. AWS denies whoever has a permissions
  // boundary, whatever NotPrincipal names.
  // @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
  if (negated) return isBounded || granted.length === 0 ? 'account' : undefined;
  return (['session', 'role', 'account'] as const).find((grantedTo) => granted.includes(grantedTo));
}

function matchPrincipal(named: Principal, principal: RequestPrincipal): GrantedTo | undefined {
  // A grant to everybody names the session itself too, so no session policy limits it.
  if (named.kind === 'any') return 'session';
  if (named.kind !== 'AWS') return named.id === principal.arn ? 'role' : undefined;
  if (named.id === principal.sessionArn) return 'session';
  if (named.id === principal.arn) return 'role';
  if (named.id === principal.accountId) return 'account';
  const parts = splitLiteralArn(named.id);
  const isRoot = parts?.[2] === 'iam' && parts[4] === principal.accountId && parts[5] === 'root';
  return isRoot && parts[1] === splitLiteralArn(principal.arn)?.[1] ? 'account' : undefined;
}

function errorReason(layer: Layer, document: number, cause: unknown): Reason {
  if (!(cause instanceof PolicySyntaxError) && !(cause instanceof ConditionError)) throw cause;
  return { layer, document, result: 'error', detail: cause.message };
}

function errorDecision(layer: Layer, document: number, cause: unknown): Decision {
  const reason = errorReason(layer, document, cause);
  return { outcome: 'implicitly-denied', decidedBy: undefined, reasons: [reason] };
}
