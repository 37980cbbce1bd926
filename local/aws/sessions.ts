// The sessions that local STS issued and the access keys of users: keys, session token, and everything that limits them. A
// session is data that never changes; what its role or user allows is looked up at each decision. Secrets are random and never
// derived from anything.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { PolicyDocument } from '../../core/iam/index.ts';
import type { LocalRole, LocalUser } from '../account.ts';

/** Credentials of a session, as the AWS SDK takes them. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** What a caller is. A `user` signs with a long-term key, a `user-session` with one of GetSessionToken. */
export type SessionKind = 'assumed-role' | 'user' | 'user-session' | 'federated-user';

/** One caller that can sign. Times are epoch milliseconds. */
export interface Session {
  readonly kind: SessionKind;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Absent: a long-term access key. */
  readonly sessionToken?: string;
  /** The role or user whose policies count. */
  readonly ownerArn: string;
  /** The caller's own ARN, as GetCallerIdentity says it. */
  readonly sessionArn: string;
  /** `AROA…:name`, `AIDA…` or `account:name`; the same for a role or user at every start. */
  readonly userId: string;
  /** Absent: the session has the whole role or user. */
  readonly policies?: readonly PolicyDocument[];
  /** Session tags, inherited ones included; tags of the role or user are not among them. */
  readonly tags: Readonly<Record<string, string>>;
  /** The keys of `tags` that pass on to the next session of a chain. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** Condition keys that the session brings to every request, such as who federated it. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
  readonly issuedAt: number;
  /** `Infinity` for a long-term key. */
  readonly expiresAt: number;
}

/** A session with an end. */
export type TemporarySession = Session & { readonly sessionToken: string };

/** What the issuer of a session decides about it. */
export type SessionGrant = {
  readonly durationSeconds: number;
  readonly policies?: readonly PolicyDocument[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
  readonly context?: Session['context'];
} & SessionOwner;

type SessionOwner =
  | { readonly kind: 'assumed-role'; readonly role: LocalRole; readonly sessionName: string }
  | { readonly kind: 'user-session'; readonly user: LocalUser }
  | { readonly kind: 'federated-user'; readonly user: LocalUser; readonly sessionName: string };

/** All sessions and access keys, by access key id. */
export interface SessionBook {
  readonly issue: (grant: SessionGrant, now: number) => TemporarySession;
  readonly find: (accessKeyId: string) => Session | undefined;
}

/** Ended sessions are kept this long, so that a late caller hears "expired" and not "unknown". */
const keepEndedMs = 60 * 60 * 1000;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A book with the long-term keys of these users and no session yet. */
export function createSessionBook(users: readonly LocalUser[] = []): SessionBook {
  const keys = new Map(users.map((user) => [user.accessKey.accessKeyId, toKeyHolder(user)]));
  const sessions = new Map<string, Session>();
  return {
    find: (accessKeyId) => keys.get(accessKeyId) ?? sessions.get(accessKeyId),
    issue: (grant, now) => {
      for (const [id, { expiresAt }] of sessions) {
        if (expiresAt + keepEndedMs > now) break;
        sessions.delete(id);
      }
      const session = createSession(grant, now);
      sessions.set(session.accessKeyId, session);
      return session;
    },
  };
}

/** A fresh long-term access key.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export function createAccessKey(): LocalUser['accessKey'] {
  return { accessKeyId: `AKIA${randomBase32()}`, secretAccessKey: randomBytes(30).toString('base64') };
}

function createSession(grant: SessionGrant, now: number): TemporarySession {
  const { policies, sourceIdentity } = grant;
  return {
    kind: grant.kind,
    accessKeyId: `ASIA${randomBase32()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `IQoJLocal${randomBytes(96).toString('base64')}`,
    ...identify(grant),
    ...(policies === undefined ? {} : { policies }),
    tags: grant.tags ?? {},
    transitiveTagKeys: grant.transitiveTagKeys ?? [],
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    context: grant.context ?? {},
    issuedAt: now,
    expiresAt: now + grant.durationSeconds * 1000,
  };
}

function identify(owner: SessionOwner): Pick<Session, 'ownerArn' | 'sessionArn' | 'userId'> {
  const { arn } = owner.kind === 'assumed-role' ? owner.role : owner.user;
  const [, partition = 'aws', , , accountId = ''] = arn.split(':');
  const sts = `arn:${partition}:sts::${accountId}`;
  switch (owner.kind) {
    case 'assumed-role':
      return {
        ownerArn: arn,
        // The role's path is not part of the session's ARN.
        sessionArn: `${sts}:assumed-role/${owner.role.name}/${owner.sessionName}`,
        userId: `${toRoleId(arn)}:${owner.sessionName}`,
      };
    case 'user-session':
      return { ownerArn: arn, sessionArn: arn, userId: toUserId(arn) };
    case 'federated-user':
      return {
        ownerArn: arn,
        sessionArn: `${sts}:federated-user/${owner.sessionName}`,
        userId: `${accountId}:${owner.sessionName}`,
      };
  }
}

function toKeyHolder({ arn, accessKey }: LocalUser): Session {
  return {
    kind: 'user',
    ...accessKey,
    ownerArn: arn,
    sessionArn: arn,
    userId: toUserId(arn),
    tags: {},
    transitiveTagKeys: [],
    context: {},
    issuedAt: 0,
    expiresAt: Infinity,
  };
}

/** The stable unique id of a role.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export function toRoleId(roleArn: string): string {
  return toUniqueId('AROA', roleArn);
}

function toUserId(userArn: string): string {
  return toUniqueId('AIDA', userArn);
}

function toUniqueId(prefix: string, arn: string): string {
  const digest = createHash('sha256').update(arn).digest();
  return `${prefix}${Array.from(digest.subarray(0, 17), (byte) => base32[byte % 32]).join('')}`;
}

function randomBase32(): string {
  return Array.from({ length: 16 }, () => base32[randomInt(32)]).join('');
}

/** A session's credentials, as handed to its owner. */
export function toCredentials(session: TemporarySession): LocalCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session;
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiresAt) };
}

/** Principal tags: those of the role or user, with session tags of the same key (whatever its case) in their place.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
export function toPrincipalTags(
  owner: Pick<LocalRole, 'tags'>,
  session: Pick<Session, 'tags'>,
): Readonly<Record<string, string>> {
  const taken = new Set(Object.keys(session.tags).map((key) => key.toLowerCase()));
  const own = Object.entries(owner.tags ?? {}).filter(([key]) => !taken.has(key.toLowerCase()));
  return { ...Object.fromEntries(own), ...session.tags };
}
