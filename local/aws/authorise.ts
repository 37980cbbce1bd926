// Decides every call: builds the request context, asks the evaluator, and says no in AWS's words. Default deny; a caller
// whose role or user is gone has no permissions. Never looks at the HTTP request again: needs come from the parsed operation.
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
import { evaluate, type Decision, type PolicyDocument } from '../../core/iam/index.ts';
import type { LocalRole, LocalUser } from '../account.ts';
import type { AccountState } from './account-state.ts';
import { toPrincipalTags, type Session, type SessionKind } from './sessions.ts';

/** Context keys of a request. */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

/** One permission that an operation needs. */
export interface Need {
  readonly action: string;
  /** A concrete ARN; its characters are literal. */
  readonly resource: string;
  readonly context?: ContextKeys;
  /** The policy attached to the resource (bucket, table or trust policy). */
  readonly policy?: PolicyDocument;
}

/** Who asks, and what is known of the request whatever it does. */
export interface Caller {
  readonly session: Session;
  readonly context: ContextKeys;
}

const principalTypes: Readonly<Record<SessionKind, string>> = {
  'assumed-role': 'AssumedRole',
  user: 'User',
  'user-session': 'User',
  'federated-user': 'FederatedUser',
};

/** The context keys that every request carries, signed or not. `now` in epoch milliseconds. */
export function toRequestContext(
  headers: ReadonlyMap<string, string>,
  { account }: AccountState,
  now: number,
): ContextKeys {
  const userAgent = headers.get('user-agent');
  const referer = headers.get('referer');
  return {
    // The local port speaks plain HTTP on loopback; policies that demand TLS are tried as if deployed.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:CurrentTime': new Date(now).toISOString(),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    'aws:RequestedRegion': account.region,
    'aws:ResourceAccount': account.accountId,
    'aws:PrincipalIsAWSService': 'false',
    'aws:ViaAWSService': 'false',
    ...(userAgent === undefined ? {} : { 'aws:UserAgent': userAgent }),
    ...(referer === undefined ? {} : { 'aws:Referer': referer }),
  };
}

/** The caller of a signed request. `now` in epoch milliseconds. */
export function toCaller(
  session: Session,
  headers: ReadonlyMap<string, string>,
  state: AccountState,
  now: number,
): Caller {
  const { kind, sourceIdentity } = session;
  const user = kind === 'user' || kind === 'user-session' ? state.user(session.ownerArn) : undefined;
  const context: ContextKeys = {
    ...toRequestContext(headers, state, now),
    'aws:PrincipalType': principalTypes[kind],
    ...(user === undefined ? {} : { 'aws:username': user.name }),
    // Long-term keys have neither key: that is what policies with BoolIfExists are about.
    ...(session.sessionToken === undefined
      ? {}
      : {
          'aws:MultiFactorAuthPresent': 'false',
          'aws:TokenIssueTime': new Date(session.issuedAt).toISOString(),
        }),
    ...(sourceIdentity === undefined ? {} : { 'aws:SourceIdentity': sourceIdentity }),
    ...session.context,
  };
  return { session, context };
}

/** Decides one need of one caller. */
export function decide(caller: Caller, state: AccountState, need: Need): Decision {
  const { session } = caller;
  const owner = ownerOf(session, state);
  if (owner === undefined) return { outcome: 'implicitly-denied', decidedBy: undefined, reasons: [] };
  return evaluate({
    policies: {
      role: owner.policies,
      ...(session.policies === undefined ? {} : { session: session.policies }),
      ...(owner.boundary === undefined ? {} : { boundary: [owner.boundary] }),
      ...(need.policy === undefined ? {} : { resource: need.policy }),
    },
    principal: {
      arn: owner.arn,
      ...(session.sessionArn === owner.arn ? {} : { sessionArn: session.sessionArn }),
      accountId: state.account.accountId,
      userId: session.userId,
      tags: toPrincipalTags(owner, session),
    },
    request: { action: need.action, resource: need.resource, context: { ...caller.context, ...need.context } },
  });
}

function ownerOf({ kind, ownerArn }: Session, state: AccountState): LocalRole | LocalUser | undefined {
  return kind === 'assumed-role' ? state.role(ownerArn) : state.user(ownerArn);
}

/** AWS's sentence for a denied need, up to the resource. */
export function denialSubject({ session }: Caller, { action, resource }: Need, quote: '"' | ''): string {
  return `User: ${session.sessionArn} is not authorized to perform: ${action} on resource: ${quote}${resource}${quote}`;
}

/** AWS's end of that sentence: which kind of policy denied, or failed to allow. */
export function denialReason({ session }: Caller, state: AccountState, { action }: Need, decision: Decision): string {
  const kinds = {
    session: 'session policy',
    boundary: 'permissions boundary',
    role: 'identity-based policy',
    resource: 'resource-based policy',
  } as const;
  if (decision.outcome === 'explicitly-denied') {
    const kind = kinds[decision.decidedBy?.layer ?? 'role'];
    return `with an explicit deny in ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
  }
  const allows = (layer: keyof typeof kinds): boolean =>
    decision.reasons.some(
      (reason) => reason.layer === layer && reason.effect === 'Allow' && reason.result === 'matched',
    );
  const present = {
    session: session.policies !== undefined,
    boundary: ownerOf(session, state)?.boundary !== undefined,
  };
  const lacking = (['session', 'boundary'] as const).find((layer) => present[layer] && !allows(layer)) ?? 'role';
  return `because no ${kinds[lacking]} allows the ${action} action`;
}
