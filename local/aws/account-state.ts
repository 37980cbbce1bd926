// The account as it is now: what the template declared, with roles that a test may have replaced. Read by every
// decision, so a role that was widened or narrowed counts at once, also for sessions issued before.
import type { LocalAccount, LocalRole, LocalUser } from '../account.ts';
import type { SessionBook } from './sessions.ts';

/** Roles and users by ARN, and the rest of the account. */
export interface AccountState {
  readonly account: LocalAccount;
  readonly role: (arn: string) => LocalRole | undefined;
  readonly user: (arn: string) => LocalUser | undefined;
  readonly replaceRole: (role: LocalRole) => void;
}

/** What every service of local AWS stands in: the account, the sessions it issued, the clock. */
export interface Surroundings {
  readonly state: AccountState;
  readonly sessions: SessionBook;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Takes the account over. Throws TypeError where two roles or users have one ARN. */
export function createAccountState(account: LocalAccount): AccountState {
  const roles = byArn('role', account.roles);
  const users = byArn('user', account.users ?? []);
  return {
    account,
    role: (arn) => roles.get(arn),
    user: (arn) => users.get(arn),
    replaceRole: (role) => {
      if (!roles.has(role.arn)) throw new TypeError(`The account has no role ${role.arn}.`);
      roles.set(role.arn, role);
    },
  };
}

function byArn<T extends { readonly arn: string }>(what: string, list: readonly T[]): Map<string, T> {
  const found = new Map<string, T>();
  for (const one of list) {
    if (found.has(one.arn)) throw new TypeError(`The account has the ${what} ${one.arn} twice.`);
    found.set(one.arn, one);
  }
  return found;
}
