// The sessions that local STS issued: keys, session token, and everything that limits them. A session is data that never
// changes; what its role allows is looked up at each decision. Secrets are random and never derived from anything.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { PolicyDocument } from '../../core/iam/index.ts';
import type { LocalRole } from '../account.ts';

/** Credentials of a session, as the AWS SDK takes them. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** One assumed-role session. Times are epoch milliseconds. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly roleArn: string;
  /** `AROA…`, the same for a role at every start. */
  readonly roleId: string;
  readonly sessionName: string;
  readonly sessionArn: string;
  /** Absent: the session has the whole role. */
  readonly policies?: readonly PolicyDocument[];
  /** Session tags, inherited ones included; role tags are not among them. */
  readonly tags: Readonly<Record<string, string>>;
  /** The keys of `tags` that pass on to the next session of a chain. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** What the issuer of a session decides about it. */
export interface SessionGrant {
  readonly role: LocalRole;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly policies?: readonly PolicyDocument[];
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
}

/** All sessions, by access key id. */
export interface SessionBook {
  readonly issue: (grant: SessionGrant, now: number) => Session;
  readonly find: (accessKeyId: string) => Session | undefined;
}

/** Ended sessions are kept this long, so that a late caller hears "expired" and not "unknown". */
const keepEndedMs = 60 * 60 * 1000;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An empty book. */
export function createSessionBook(): SessionBook {
  const sessions = new Map<string, Session>();
  return {
    find: (accessKeyId) => sessions.get(accessKeyId),
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

function createSession(grant: SessionGrant, now: number): Session {
  const { role, sessionName, policies, sourceIdentity } = grant;
  const [, partition = 'aws', , , accountId = ''] = role.arn.split(':');
  return {
    accessKeyId: `ASIA${Array.from({ length: 16 }, () => base32[randomInt(32)]).join('')}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `IQoJLocal${randomBytes(96).toString('base64')}`,
    roleArn: role.arn,
    roleId: toRoleId(role.arn),
    sessionName,
    // The role's path is not part of the session's ARN.
    sessionArn: `arn:${partition}:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
    ...(policies === undefined ? {} : { policies }),
    tags: grant.tags ?? {},
    transitiveTagKeys: grant.transitiveTagKeys ?? [],
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    issuedAt: now,
    expiresAt: now + grant.durationSeconds * 1000,
  };
}

/** The stable unique id of a role.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
export function toRoleId(roleArn: string): string {
  const digest = createHash('sha256').update(roleArn).digest();
  return `AROA${Array.from(digest.subarray(0, 17), (byte) => base32[byte % 32]).join('')}`;
}

/** A session's credentials, as handed to its owner. */
export function toCredentials(session: Session): LocalCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = session;
  return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiresAt) };
}

/** Principal tags: the role's own, with session tags of the same key (whatever its case) in their place.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
export function toPrincipalTags(role: LocalRole, session: Session): Readonly<Record<string, string>> {
  const taken = new Set(Object.keys(session.tags).map((key) => key.toLowerCase()));
  const own = Object.entries(role.tags ?? {}).filter(([key]) => !taken.has(key.toLowerCase()));
  return { ...Object.fromEntries(own), ...session.tags };
}
